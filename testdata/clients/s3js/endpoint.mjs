// The running emulator, from the environment (../README.md), and a client that
// connects with it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';

function required(name) {
  const value = process.env[name];
  // Fail and do not skip, so that a run without tests does not pass.
  assert.ok(value, `${name} is not set: start this suite with ../run s3js`);
  return value;
}

export const api = required('COSEMU_API'); // host:port
const console_ = required('COSEMU_CONSOLE');
export const Bucket = required('COSEMU_BUCKET');
export const region = required('COSEMU_REGION');
export const key = { accessKeyId: required('COSEMU_SECRET_ID'), secretAccessKey: required('COSEMU_SECRET_KEY') };
export const temporary = {
  accessKeyId: required('COSEMU_TEMP_SECRET_ID'),
  secretAccessKey: required('COSEMU_TEMP_SECRET_KEY'),
  sessionToken: required('COSEMU_TEMP_TOKEN'),
};

// Connects to the emulator for each host, so that Host header and signature stay
// those of COS.
const agent = new http.Agent();
const [apiHost, apiPort] = api.split(':');
agent.createConnection = () => net.connect(Number(apiPort), apiHost);

// client is an S3Client with the hosts of COS. Its checksums are set as COS needs
// it, unless options set them.
export function client(options = {}) {
  return new S3Client({
    region,
    endpoint: `http://cos.${region}.myqcloud.com`,
    credentials: key,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: agent },
    maxAttempts: 1,
    ...options,
  });
}

// The two places of a bucket.
export const styles = { 'virtual host': {}, path: { endpoint: `http://${api}`, forcePathStyle: true } };

// send uploads as a program without an SDK.
export function send(url, { method = 'PUT', headers = {}, body = '' } = {}) {
  return new Promise((done, fail) => {
    const request = http.request(url, { method, headers, agent }, async (response) => {
      const text = (await response.toArray()).join('');
      done({ status: response.statusCode, headers: response.headers, text, code: text.match(/<Code>(.*)<\/Code>/)?.[1] });
    });
    request.on('error', fail);
    request.end(body);
  });
}

// content returns n bytes made from seed.
export function content(seed, n) {
  return createHash('shake256', { outputLength: n }).update(seed).digest();
}

// etag returns the ETag of a body that is uploaded in one request.
export function etag(body) {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

// stored checks that the content of the object is exactly body.
export async function stored(Key, body) {
  const { Body } = await client().send(new GetObjectCommand({ Bucket, Key }));
  const got = Buffer.from(await Body.transformToByteArray());
  assert.ok(got.equals(Buffer.from(body)), `${Key}: sent ${body.length} bytes, got ${got.length}`);
}

// notStored checks that a refused upload stored nothing.
export async function notStored(Key) {
  await assert.rejects(client().send(new HeadObjectCommand({ Bucket, Key })), (error) => error.$metadata.httpStatusCode === 404);
}

// refused checks that a call fails with this status and code.
export async function refused(call, status, code, finding) {
  await assert.rejects(call, (error) => {
    assert.equal(error.name, code, error.message);
    assert.equal(error.$metadata.httpStatusCode, status);
    assert.ok(error.$metadata.requestId);
    if (finding) assert.equal(error.$response.headers['x-cosemu-diagnosis'], finding);
    return true;
  });
}

// clock moves the emulator's clock (offset as "2h", "-20m") while work runs.
export async function clock(offset, work) {
  const url = `http://${console_}/api/v1/clock`;
  const set = await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ offset }),
  });
  assert.ok(set.ok, await set.text());
  try {
    return await work();
  } finally {
    const reset = await fetch(url, { method: 'DELETE' });
    assert.ok(reset.ok, await reset.text());
  }
}

// withMD5 lets a client send Content-MD5, which COS wants for a deletion of many.
export function withMD5(s3) {
  s3.middlewareStack.add(
    (next) => (args) => {
      args.request.headers['content-md5'] = createHash('md5').update(args.request.body).digest('base64');
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  return s3;
}
