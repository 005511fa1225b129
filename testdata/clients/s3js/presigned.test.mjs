// URLs of s3-request-presigner and forms of s3-presigned-post, used from Node and
// from a page in Chromium.
import assert from 'node:assert/strict';
import http from 'node:http';
import test, { after, before } from 'node:test';
import { DeleteBucketCorsCommand, HeadObjectCommand, PutBucketCorsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { chromium } from 'playwright-core';
import { browserPath, flags } from '../browser/chromium.mjs';
import { Bucket, api, client, clock, etag, key, notStored, send, stored, styles, temporary, withMD5 } from './endpoint.mjs';

const presign = (Key, options = {}, params = {}, how = {}) =>
  getSignedUrl(client(options), new PutObjectCommand({ Bucket, Key, ...params }), { expiresIn: 3600, ...how });

for (const [style, options] of Object.entries(styles)) {
  for (const [who, credentials] of Object.entries({ permanent: key, temporary })) {
    test(`a pre-signed PUT: ${style}, ${who} key`, async () => {
      for (const name of ['plain.bin', 'nested/a b+c&d=e;f%20g.bin', '对象/ü?#%41.bin']) {
        const Key = `s3js/presigned/${style}/${who}/${name}`;
        const answer = await send(await presign(Key, { ...options, credentials }), { body: Key });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.headers.etag, etag(Key));
        await stored(Key, Key);
      }
    });
  }

  test(`a spoiled URL is refused, and nothing is stored: ${style}`, async () => {
    const Key = `s3js/refused/${style}`;
    const signed = { ContentType: 'image/png' };
    const how = { signableHeaders: new Set(['content-type']) };
    const url = await presign(Key, options, signed, how);
    const right = { 'Content-Type': 'image/png' };
    const mismatch = 'SignatureDoesNotMatch';
    const secret = { ...key, secretAccessKey: `${key.secretAccessKey}x` };
    for (const [what, bad, request, code] of [
      ['signature', url.replace(/Signature=.{8}/, 'Signature=00000000'), {}, mismatch],
      ['key', url.replace('/refused', '/refusee'), {}, mismatch],
      ['method', url, { method: 'DELETE' }, mismatch],
      ['header', url, { headers: { 'Content-Type': 'text/html' } }, mismatch],
      ['ACL', url, { headers: { ...right, 'x-amz-acl': 'public-read' } }, 'AccessDenied'],
      ['parameter', `${url}&a=b`, {}, mismatch],
      ['expiry', url.replace('Expires=3600', 'Expires=7200'), {}, mismatch],
      ['key id', url.replace(key.accessKeyId, 'AKIDnobodyHasThis0000000000000000000'), {}, 'InvalidAccessKeyId'],
      ['secret', await presign(Key, { ...options, credentials: secret }, signed, how), {}, mismatch],
    ]) {
      const answer = await send(bad, { headers: right, body: 'no', ...request });
      assert.deepEqual([answer.status, answer.code], [403, code], `${what}: ${answer.text}`);
      await notStored(Key);
      await notStored(Key.replace('/refused', '/refusee'));
    }
    await clock('61m', async () => {
      const late = await send(url, { headers: right, body: 'no' });
      assert.deepEqual([late.status, late.code], [403, 'AccessDenied']);
      assert.match(late.text, /<Message>Request has expired<\/Message>/);
    });
    await notStored(Key);
    const answer = await send(url, { headers: right, body: 'yes' });
    assert.equal(answer.status, 200, answer.text);
    await stored(Key, 'yes');
  });
}

test('metadata that the SDK moves into the URL is stored, and a checksum there is passed over', async () => {
  const Key = 's3js/presigned/hoisted';
  const url = await presign(Key, { requestChecksumCalculation: 'WHEN_SUPPORTED' }, { Metadata: { run: '7' } });
  assert.match(url, /x-amz-checksum-crc32=/);
  assert.match(url, /x-amz-meta-run=7/);
  const changed = await send(url.replace('run=7', 'run=8'), { body: 'no' });
  assert.deepEqual([changed.status, changed.code], [403, 'SignatureDoesNotMatch']);
  await notStored(Key);
  assert.equal((await send(url, { body: 'yes' })).status, 200);
  await stored(Key, 'yes');
  assert.deepEqual((await client().send(new HeadObjectCommand({ Bucket, Key }))).Metadata, { run: '7' });
});

// A page of its own origin. The browser maps the COS hosts to the emulator, so
// the page uses the URLs that a server gives it.
const it = {};
before(async () => {
  it.server = http.createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>upload</title>'));
  await new Promise((done) => it.server.listen(0, '127.0.0.1', done));
  it.origin = `http://127.0.0.1:${it.server.address().port}`;
  it.browser = await chromium.launch({ executablePath: browserPath(), args: [...flags, `--host-resolver-rules=MAP *.myqcloud.com ${api}`] });
  it.page = await it.browser.newPage();
  await it.page.goto(it.origin);
});
after(async () => {
  await it.browser?.close();
  it.server?.closeAllConnections();
  await new Promise((done) => it.server.close(done));
});

// onPage calls fetch on the page and returns what the page can read.
const onPage = (url, options) =>
  it.page.evaluate(
    async ({ url, options }) => {
      if (options.form) {
        options.body = new FormData();
        for (const [name, value] of Object.entries(options.form)) options.body.append(name, value);
        options.body.append('file', new Blob([options.file]), 'file.txt');
      }
      try {
        const answer = await fetch(url, options);
        return { status: answer.status, etag: answer.headers.get('etag'), body: await answer.text() };
      } catch (error) {
        return { error: error.name };
      }
    },
    { url, options },
  );

async function withRule(work) {
  const rule = { AllowedOrigins: [it.origin], AllowedMethods: ['PUT', 'POST'], AllowedHeaders: ['*'], ExposeHeaders: ['ETag'] };
  await withMD5(client()).send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
  try {
    await work();
  } finally {
    await client().send(new DeleteBucketCorsCommand({ Bucket }));
  }
}

test('a page uploads with the URL once the bucket has a CORS rule', async () => {
  const Key = 's3js/page/ü+&.png';
  const url = await presign(Key, {}, { ContentType: 'image/png' }, { signableHeaders: new Set(['content-type']) });
  const put = { method: 'PUT', body: 'by a page', headers: { 'Content-Type': 'image/png' } };
  assert.deepEqual(await onPage(url, put), { error: 'TypeError' }, 'blocked before it is sent');
  await notStored(Key);
  await withRule(async () => {
    const other = await onPage(url, { ...put, headers: { 'Content-Type': 'text/html' } });
    assert.equal(other.status, 403);
    assert.match(other.body, /<Code>SignatureDoesNotMatch<\/Code>/);
    const bad = await onPage(url.replace(/Signature=.{8}/, 'Signature=00000000'), put);
    assert.equal(bad.status, 403);
    await notStored(Key);
    const answer = await onPage(url, put);
    assert.deepEqual(answer, { status: 200, etag: etag('by a page'), body: '' });
    await stored(Key, 'by a page');
  });
});

test('a page uploads with a signed form', async () => {
  const Key = 's3js/page/form.txt';
  const { url, fields } = await createPresignedPost(client(), {
    Bucket, Key, Expires: 3600, Fields: { success_action_status: '200' }, Conditions: [['content-length-range', 1, 100]],
  });
  await withRule(async () => {
    for (const [what, form, file, code] of [
      ['signature', { ...fields, 'X-Amz-Signature': fields['X-Amz-Signature'].replace(/^.{8}/, '00000000') }, 'no', 'SignatureDoesNotMatch'],
      ['key', { ...fields, key: `${Key}x` }, 'no', 'AccessDenied'],
      ['size', fields, 'x'.repeat(101), 'EntityTooLarge'],
    ]) {
      const answer = await onPage(url, { method: 'POST', form, file });
      assert.match(answer.body, new RegExp(`<Code>${code}</Code>`), what);
      await notStored(Key);
      await notStored(`${Key}x`);
    }
    const answer = await onPage(url, { method: 'POST', form: fields, file: 'by a form' });
    assert.equal(answer.status, 200, answer.body);
    await stored(Key, 'by a form');
  });
});
