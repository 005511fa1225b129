// The running emulator, as the environment describes it (../README.md), and
// the ways in which a Node program can be aimed at it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import dns from 'node:dns';
import COS from 'cos-nodejs-sdk-v5';

function required(name) {
  const value = process.env[name];
  // Failing beats skipping: a run that tests nothing must not look green.
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

// The cloud's names lead to the emulator: what an entry in /etc/hosts would do.
const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  const toEmulator = /\.(myqcloud\.com|tencentcos\.cn)$/.test(name);
  return lookup(toEmulator ? apiHost : name, options, done);
};

// sdk is a client that keeps the cloud's names (its Ip setting).
export function sdk(options = {}) {
  return new COS({ ...key, Ip: api, Protocol: 'http:', ...options });
}

// content is n bytes that follow from seed.
export function content(seed, n) {
  const blocks = [];
  for (let i = 0; i * 64 < n; i++) {
    blocks.push(createHash('sha512').update(`${seed}/${i}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, n);
}

// etag is the ETag of a body uploaded in one piece.
export function etag(body) {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

// stored asserts that the object holds exactly body.
export async function stored(name, body) {
  const got = await sdk().getObject({ Bucket: bucket, Region: region, Key: name });
  assert.ok(Buffer.from(body).equals(got.Body), `${name}: sent ${body.length} bytes, got ${got.Body.length}`);
}

// notStored asserts that a refused upload left nothing behind.
export async function notStored(name) {
  await assert.rejects(sdk().headObject({ Bucket: bucket, Region: region, Key: name }), { statusCode: 404 });
}

// refused asserts that an SDK call fails with this status and code, and gives
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

// journal is what the emulator noted of the latest requests that match the
// filters (key, method, verdict, after …; see its API), oldest first. An entry
// comes after its answer, so it waits until there are count of them.
export async function journal({ count = 1, ...filters }) {
  const url = new URL(`http://${console_}/api/v1/requests/wait`);
  for (const [name, value] of Object.entries({ bucket, count, ...filters })) url.searchParams.set(name, value);
  const answer = await fetch(url);
  const { requests } = await answer.json();
  assert.equal(answer.status, 200, `want ${count} of ${url.search}, got ${JSON.stringify(requests?.map((r) => [r.method, r.path, r.status]))}`);
  return requests.reverse();
}

// latest is the number of the journal's newest entry: what comes from now on
// is asked for with it as after.
export async function latest() {
  return (await (await fetch(`http://${console_}/api/v1/requests?limit=1&brief=true`)).json()).last;
}
