// Signs the requests of ../../vectors/s3/aws-js.json. TestRecordS3 runs it with a
// server that writes them down. Requests go to the server; URLs and forms are
// printed, one JSON object a line.
import http from 'node:http';
import net from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const { RECORD_API, RECORD_BUCKET: Bucket, RECORD_REGION: region, RECORD_PLAN } = process.env;
const agent = new http.Agent();
const [host, port] = RECORD_API.split(':');
agent.createConnection = () => net.connect(Number(port), host);
const say = (what) => console.log(JSON.stringify(what));

for (const { label, id, secret, token, names } of JSON.parse(RECORD_PLAN)) {
  for (const forcePathStyle of [false, true]) {
    const s3 = new S3Client({
      region, forcePathStyle, endpoint: `http://cos.${region}.myqcloud.com`,
      credentials: { accessKeyId: id, secretAccessKey: secret, sessionToken: token || undefined },
      requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { httpAgent: agent }, maxAttempts: 1,
    });
    for (const name of names) {
      const Key = `${label}/${name}`;
      const put = { Bucket, Key, ContentType: 'image/png', Metadata: { run: '7' } };
      await s3.send(new PutObjectCommand({ ...put, Body: 'hello' }));
      await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString();
      const url = await getSignedUrl(s3, new PutObjectCommand(put), { expiresIn: 3600, signableHeaders: new Set(['content-type']) });
      say({ label, method: 'PUT', url, headers: { 'Content-Type': 'image/png' } });
      say({ label, method: 'GET', url: await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 3600 }), headers: {} });
    }
    const { url, fields } = await createPresignedPost(s3, { Bucket, Key: `${label}/form.png`, Expires: 3600 });
    say({ label, method: 'POST', url, fields });
  }
}
