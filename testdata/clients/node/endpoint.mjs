// The running emulator, from the environment (../README.md), and the ways to
// connect a Node program with it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import dns from 'node:dns';
import COS from 'cos-nodejs-sdk-v5';

function required(name) {
  const value = process.env[name];
  // Fail and do not skip, so that a run without tests does not pass.
  assert.ok(value, `${name} is not set: start this suite with ../run node`);
  return value;
}

export const api = required('COSEMU_API'); // host:port
export const bucket = required('COSEMU_BUCKET');
export const region = required('COSEMU_REGION');
export const key = { SecretId: required('COSEMU_SECRET_ID'), SecretKey: required('COSEMU_SECRET_KEY') };
export const temporary = {
  SecretId: required('COSEMU_TEMP_SECRET_ID'),
  SecretKey: required('COSEMU_TEMP_SECRET_KEY'),
  SecurityToken: required('COSEMU_TEMP_TOKEN'),
};
export const host = `${bucket}.cos.${region}.myqcloud.com`;

export const console_ = required('COSEMU_CONSOLE');
const [apiHost, apiPort] = api.split(':');
export const port = apiPort;

// COS hosts resolve to the emulator, as with entries in /etc/hosts.
const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  const toEmulator = /\.(myqcloud\.com|tencentcos\.cn)$/.test(name);
  return lookup(toEmulator ? apiHost : name, options, done);
};

// sdk is a client that keeps the COS hosts (setting Ip).
export function sdk(options = {}) {
  return new COS({ ...key, Ip: api, Protocol: 'http:', ...options });
}

// content returns n bytes made from seed.
export function content(seed, n) {
  const blocks = [];
  for (let i = 0; i * 64 < n; i++) {
    blocks.push(createHash('sha512').update(`${seed}/${i}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, n);
}

// etag returns the ETag of a body that is uploaded in one request.
export function etag(body) {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

// stored checks that the content of the object is exactly body.
export async function stored(name, body) {
  const got = await sdk().getObject({ Bucket: bucket, Region: region, Key: name });
  assert.ok(Buffer.from(body).equals(got.Body), `${name}: sent ${body.length} bytes, got ${got.Body.length}`);
}

// notStored checks that a refused upload stored nothing.
export async function notStored(name) {
  await assert.rejects(sdk().headObject({ Bucket: bucket, Region: region, Key: name }), { statusCode: 404 });
}

// refused checks that an SDK call fails with this status and code, and returns
// the SDK's error.
export async function refused(call, status, code) {
  let error;
  await assert.rejects(call, (e) => {
    error = e;
    return true;
  });
  assert.equal(error.statusCode, status, error.message);
  assert.equal(error.code, code);
  assert.equal(error.error.Code, code);
  assert.ok(error.RequestId, 'x-cos-request-id');
  return error;
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

// journal returns the latest requests that match the filters (key, method,
// verdict, after …; see the control API), oldest first. It waits until there are
// count of them, since an entry is added after its answer.
export async function journal({ count = 1, ...filters }) {
  const url = new URL(`http://${console_}/api/v1/requests/wait`);
  for (const [name, value] of Object.entries({ bucket, count, ...filters })) url.searchParams.set(name, value);
  const answer = await fetch(url);
  const { requests } = await answer.json();
  assert.equal(answer.status, 200, `want ${count} of ${url.search}, got ${JSON.stringify(requests?.map((r) => [r.method, r.path, r.status]))}`);
  return requests.reverse();
}

// latest is the seq of the newest request. With it as after, journal returns
// later requests only.
export async function latest() {
  return (await (await fetch(`http://${console_}/api/v1/requests?limit=1&brief=true`)).json()).last;
}
