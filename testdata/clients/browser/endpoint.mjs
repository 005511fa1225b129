// The running emulator, from the environment (../README.md), and functions that
// use it from outside of the browser.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import COS from 'cos-nodejs-sdk-v5';

function required(name) {
  const value = process.env[name];
  // Fail and do not skip, so that a run without tests does not pass.
  assert.ok(value, `${name} is not set: start this suite with ../run browser`);
  return value;
}

export const api = required('COSEMU_API'); // host:port
export const key = { SecretId: required('COSEMU_SECRET_ID'), SecretKey: required('COSEMU_SECRET_KEY') };
export const at = { Bucket: required('COSEMU_BUCKET'), Region: required('COSEMU_REGION') };
export const host = `${at.Bucket}.cos.${at.Region}.myqcloud.com`;

export const console_ = required('COSEMU_CONSOLE');

// The owner's client, in Node: it sets rules and reads stored objects.
export const owner = new COS({ ...key, Ip: api, Protocol: 'http:' });

// presign returns a URL with the COS host, as a server gives it to a page.
export function presign(Key, Method = 'PUT', options = {}) {
  return owner.getObjectUrl({ ...at, Key, Method, Sign: true, Expires: 3600, ...options }).replace(/^https:/, 'http:');
}

export function tampered(url) {
  return url.replace(/q-signature=([0-9a-f]{39})([0-9a-f])/, (_, most, last) => `q-signature=${most}${last === '0' ? 1 : 0}`);
}

// postForm returns what a server gives to a page for a form upload of key: the
// fields with a signed policy (COS docs: POST Object).
export function postForm(Key) {
  const now = Math.floor(Date.now() / 1000);
  const keyTime = `${now - 60};${now + 3600}`;
  const policy = JSON.stringify({
    expiration: new Date((now + 3600) * 1000).toISOString(),
    conditions: [
      { bucket: at.Bucket },
      ['eq', '$key', Key],
      ['content-length-range', 0, 1_000_000],
      { 'q-sign-algorithm': 'sha1' },
      { 'q-ak': key.SecretId },
      { 'q-sign-time': keyTime },
    ],
  });
  const hmac = (secret, text) => createHmac('sha1', secret).update(text).digest('hex');
  return {
    key: Key,
    success_action_status: '200',
    policy: Buffer.from(policy).toString('base64'),
    'q-sign-algorithm': 'sha1',
    'q-ak': key.SecretId,
    'q-key-time': keyTime,
    'q-signature': hmac(hmac(key.SecretKey, keyTime), createHash('sha1').update(policy).digest('hex')),
  };
}

// withRules runs work while the bucket has these CORS rules, none by default.
export async function withRules(rules, work) {
  if (rules.length > 0) {
    await owner.putBucketCors({ ...at, CORSRules: rules });
    const { CORSRules } = await owner.getBucketCors(at);
    assert.equal(CORSRules.length, rules.length);
  } else {
    await owner.deleteBucketCors(at);
  }
  try {
    return await work();
  } finally {
    await owner.deleteBucketCors(at);
  }
}

// ruleFor is the rule that the COS console makes for a page of this origin.
export function ruleFor(origin, ExposeHeader = ['ETag', 'x-cos-request-id', 'Date', 'Content-Length']) {
  return {
    AllowedOrigin: [origin],
    AllowedMethod: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
    AllowedHeader: ['*'],
    ExposeHeader,
    MaxAgeSeconds: '5',
  };
}

// text returns the content of an object.
export async function stored(Key) {
  const { Body } = await owner.getObject({ ...at, Key });
  return Body.toString();
}

// notStored checks that a refused upload stored nothing.
export async function notStored(Key) {
  await assert.rejects(owner.headObject({ ...at, Key }), { statusCode: 404 });
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
  for (const [name, value] of Object.entries({ count, ...filters })) url.searchParams.set(name, value);
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
