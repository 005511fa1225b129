// npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner; node upload.mjs
// Start the server with: cosemu --default-cors permissive
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const s3 = new S3Client({
  region: 'ap-guangzhou',
  // For the cloud: https://cos.ap-guangzhou.myqcloud.com, without forcePathStyle.
  endpoint: 'http://127.0.0.1:9000',
  forcePathStyle: true,
  credentials: {
    accessKeyId: 'AKIDcosemuLocalUseOnlyNotARealKey000',
    secretAccessKey: 'cosemuSecretForLocalTestsOnly000',
  },
  requestChecksumCalculation: 'WHEN_REQUIRED', // COS refuses the default for streams
});
const object = { Bucket: 'test-1250000000', Key: 'hello.txt', ContentType: 'text/plain' };

// An upload that the SDK signs.
await s3.send(new PutObjectCommand({ ...object, Body: 'hello' }));

// A pre-signed URL for a browser: for this key, and for text/plain alone. On the page:
//   await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body: file });
console.log(await getSignedUrl(s3, new PutObjectCommand(object), {
  expiresIn: 3600,
  signableHeaders: new Set(['content-type']),
}));
