// The running emulator, from the environment (../README.md), the client of a
// Mini Program, and the owner's client, which reads stored objects.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Owner from 'cos-nodejs-sdk-v5';
import { makeWx } from './wx.mjs';

function required(name) {
  const value = process.env[name];
  // Fail and do not skip, so that a run without tests does not pass.
  assert.ok(value, `${name} is not set: start this suite with ../run wx`);
  return value;
}

const api = required('COSEMU_API'); // host:port
const console_ = required('COSEMU_CONSOLE');
export const at = { Bucket: required('COSEMU_BUCKET'), Region: required('COSEMU_REGION') };
export const host = `${at.Bucket}.cos.${at.Region}.myqcloud.com`;
export const key = { SecretId: required('COSEMU_SECRET_ID'), SecretKey: required('COSEMU_SECRET_KEY') };
export const temporary = {
  SecretId: required('COSEMU_TEMP_SECRET_ID'),
  SecretKey: required('COSEMU_TEMP_SECRET_KEY'),
  SecurityToken: required('COSEMU_TEMP_TOKEN'),
};

// The calls of wx that the program made, latest last.
export const sent = [];
globalThis.wx = makeWx(api, sent);
globalThis.window = globalThis; // where the SDK's bundle would leave its export
const COS = createRequire(import.meta.url)('cos-wx-sdk-v5');
delete globalThis.window; // for Node's SDK this is no browser

// program is a client of the Mini Program.
export function program(options = {}) {
  return new COS({ ...key, ...options });
}

export const owner = new Owner({ ...key, Ip: api, Protocol: 'http:' });

// file is the path of a file with this body, for as long as the test runs.
export async function file(t, body, name = 'picture 1.png') {
  const folder = await mkdtemp(join(tmpdir(), 'cosemu-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, body);
  return path;
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

// stored checks that the content of the object is exactly body, and returns its
// headers.
export async function stored(Key, body) {
  const got = await owner.getObject({ ...at, Key });
  assert.ok(Buffer.from(body).equals(got.Body), `${Key}: sent ${body.length} bytes, got ${got.Body.length}`);
  return got.headers;
}

// notStored checks that a refused upload stored nothing.
export async function notStored(Key) {
  await assert.rejects(owner.headObject({ ...at, Key }), { statusCode: 404 });
}

// refused checks that a call of the program fails with this status and code, and
// returns the COS error that the program gets.
export async function refused(call, status, code) {
  let seen;
  await assert.rejects(call, (e) => {
    seen = e.err ?? e; // one step deeper for uploads in parts
    return true;
  });
  assert.equal(seen.statusCode, status, JSON.stringify(seen));
  assert.equal(seen.error.Code, code);
  assert.ok(seen.headers['x-cos-request-id']);
  return seen.error;
}

// journal returns the latest requests that match the filters (key, method,
// verdict …; see the control API), oldest first, once there are count of them.
export async function journal({ count = 1, ...filters }) {
  const url = new URL(`http://${console_}/api/v1/requests/wait`);
  for (const [name, value] of Object.entries({ count, ...filters })) url.searchParams.set(name, value);
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url.search);
  return (await answer.json()).requests.reverse();
}

// clock moves the emulator's clock (offset as "2h", "-20m") while work runs.
export async function clock(offset, work) {
  const url = `http://${console_}/api/v1/clock`;
  const headers = { 'Content-Type': 'application/json' };
  const set = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ offset }) });
  assert.ok(set.ok, await set.text());
  try {
    return await work();
  } finally {
    const reset = await fetch(url, { method: 'DELETE' });
    assert.ok(reset.ok, await reset.text());
  }
}
