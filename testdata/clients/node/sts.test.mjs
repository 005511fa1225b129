// A temporary key from the official package, through the proxy. The SDK can do
// with it exactly what its policy allows.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucket, clock, content, journal, key, latest, notStored, refused, region, sdk, stored } from './endpoint.mjs';
import { file } from './files.mjs';
import { proxied } from './proxied.mjs';

const at = { Bucket: bucket, Region: region };
const MiB = 1 << 20;
const resource = `qcs::cos:${region}:uid/${bucket.split('-').pop()}:${bucket}/node/sts/*`;
const small = { numeric_less_than_equal: { 'cos:content-length': MiB }, string_like: { 'cos:content-type': 'image/*' } };

function policy(actions, more = {}) {
  return { version: '2.0', statement: [{ effect: 'allow', action: actions.map((a) => `name/cos:${a}`), resource: [resource], ...more }] };
}

// temporary returns a client with a key of this policy.
async function temporary(t, document) {
  const [got] = await proxied(t, 'sts-program.mjs', [JSON.stringify(document)]);
  assert.equal(got.error, undefined, JSON.stringify(got));
  assert.equal(got.expiredTime - got.startTime, 1800);
  const { tmpSecretId: SecretId, tmpSecretKey: SecretKey, sessionToken: SecurityToken } = got.credentials;
  return sdk({ SecretId, SecretKey, SecurityToken });
}

// denied checks that a call is refused because of the policy, and that the
// journal has the missing action.
async function denied(call, action) {
  const after = await latest();
  const error = await refused(call(), 403, 'AccessDenied');
  const [entry] = await journal({ verdict: 'refused', after });
  assert.equal(entry.diagnosis[0], 'policy-denied', JSON.stringify(entry.diagnosis));
  assert.ok(JSON.stringify(entry.finding).includes(`name/cos:${action}`), JSON.stringify(entry.finding));
  return error;
}

test('upload of pictures of one prefix, and of nothing else', async (t) => {
  const cos = await temporary(t, policy(['PutObject'], { condition: small }));
  const Key = 'node/sts/picture.png';
  const picture = { ...at, Key, Body: content('picture', 70_000), ContentType: 'image/png' };
  await cos.putObject(picture);
  await stored(Key, picture.Body);

  await denied(() => cos.putObject({ ...picture, Key: 'node/other/picture.png' }), 'PutObject');
  await notStored('node/other/picture.png');
  const Large = 'node/sts/large.png';
  await denied(() => cos.putObject({ ...picture, Key: Large, Body: content('large', MiB + 1) }), 'PutObject');
  await notStored(Large);
  await cos.putObject({ ...picture, Key: Large, Body: content('large', MiB) });
  await stored(Large, content('large', MiB));
  const Text = 'node/sts/page.html';
  await denied(() => cos.putObject({ ...picture, Key: Text, ContentType: 'text/html' }), 'PutObject');
  await notStored(Text);

  await denied(() => cos.getObject({ ...at, Key }), 'GetObject');
  await denied(() => cos.deleteObject({ ...at, Key }), 'DeleteObject');
  await denied(() => cos.getBucket({ ...at, Prefix: 'node/sts/' }), 'GetBucket');
  await stored(Key, picture.Body);
});

test('parts need their own actions', async (t) => {
  const Key = 'node/sts/parts';
  const body = content(Key, 3 * MiB);
  const FilePath = await file(t, body);
  const parts = ['ListMultipartUploads', 'ListParts', 'InitiateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'];
  const slices = (cos) => cos.sliceUploadFile({ ...at, Key, FilePath, ChunkSize: MiB });

  const without = await temporary(t, policy(['PutObject', 'PostObject']));
  await denied(() => slices(without), 'ListMultipartUploads');
  await denied(() => without.multipartInit({ ...at, Key }), 'InitiateMultipartUpload');
  const almost = await temporary(t, policy(parts.slice(0, -1)));
  await denied(() => slices(almost), 'CompleteMultipartUpload');
  await notStored(Key);

  await slices(await temporary(t, policy(parts)));
  await stored(Key, body);
});

test('a policy that wants x-cos-forbid-overwrite', async (t) => {
  const cos = await temporary(t, policy(['PutObject'], { condition: { string_equal: { 'cos:x-cos-forbid-overwrite': 'true' } } }));
  const put = { ...at, Key: 'node/sts/once', Body: Buffer.from('first') };
  await denied(() => cos.putObject(put), 'PutObject');
  const once = { ...put, Headers: { 'x-cos-forbid-overwrite': 'true' } };
  await cos.putObject(once);
  await refused(cos.putObject({ ...once, Body: Buffer.from('second') }), 409, 'FileAlreadyExists');
  await stored(put.Key, put.Body);
});

test('a policy that wants another source address', async (t) => {
  const from = (ip) => policy(['PutObject'], { condition: { ip_equal: { 'qcs:ip': [ip] } } });
  const put = { ...at, Key: 'node/sts/address', Body: Buffer.from('x') };
  const elsewhere = await temporary(t, from('10.2.3.0/24'));
  await denied(() => elsewhere.putObject(put), 'PutObject');
  await notStored(put.Key);
  await (await temporary(t, from('127.0.0.0/8'))).putObject(put);
  await stored(put.Key, put.Body);
});

test('the key ends with its time, and is none without its token', async (t) => {
  const cos = await temporary(t, policy(['PutObject']));
  const put = { ...at, Key: 'node/sts/late', Body: Buffer.from('x') };
  await clock('31m', () => refused(cos.putObject(put), 400, 'ExpiredToken'));
  await notStored(put.Key);
  const { SecretId, SecretKey } = cos.options;
  await refused(sdk({ SecretId, SecretKey }).putObject(put), 403, 'InvalidAccessKeyId');
  await notStored(put.Key);
});

test('a request for a key with a wrong secret, or a policy that is none', async (t) => {
  const [wrong] = await proxied(t, 'sts-program.mjs', [JSON.stringify(policy(['PutObject']))], { ...key, SecretKey: `${key.SecretKey}x` });
  assert.equal(wrong.error.Code, 'AuthFailure.SignatureFailure');
  const [none] = await proxied(t, 'sts-program.mjs', [JSON.stringify({ version: '2.0' })]);
  assert.match(none.error.Code, /^InvalidParameter/);
});
