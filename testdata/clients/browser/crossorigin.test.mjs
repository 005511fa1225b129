// What a page of another origin can do and read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { at, clock, host, key, notStored, owner, postForm, presign, ruleFor, stored, tampered, withRules } from './endpoint.mjs';
import { blocked, onPage } from './page.mjs';

const it = onPage();

function etag(text) {
  return `"${createHash('md5').update(text).digest('hex')}"`;
}

test('a pre-signed fetch PUT without a CORS rule is blocked before it is sent', async () => {
  const url = presign('browser/no-rule');
  await withRules([], async () => {
    assert.deepEqual(await it.fetch(url, { method: 'PUT', body: 'x' }), blocked);
    await notStored('browser/no-rule');
  });
  await withRules([ruleFor('http://127.0.0.1:1')], async () => {
    assert.deepEqual(await it.fetch(url, { method: 'PUT', body: 'x' }), blocked);
    await notStored('browser/no-rule');
  });
  await withRules([{ ...ruleFor(it.origin), AllowedMethod: ['GET'] }], async () => {
    assert.deepEqual(await it.fetch(url, { method: 'PUT', body: 'x' }), blocked);
    await notStored('browser/no-rule');
  });
});

test('with a rule it is stored, and the page reads what the rule exposes', async () => {
  const name = 'browser/ü+&=?#%41.txt';
  await withRules([ruleFor(it.origin, ['ETag', 'x-cos-request-id'])], async () => {
    const got = await it.fetch(presign(name), { method: 'PUT', body: 'grüße', headers: { 'x-cos-meta-a': 'b' } });
    assert.equal(got.status, 200, JSON.stringify(got));
    assert.equal(got.headers.etag, etag('grüße'));
    assert.ok(got.headers['x-cos-request-id']);
    assert.equal(got.headers['x-cos-hash-crc64ecma'], undefined, 'not exposed');
    assert.equal(await stored(name), 'grüße');
    const { headers } = await owner.headObject({ ...at, Key: name });
    assert.equal(headers['x-cos-meta-a'], 'b');

    const read = await it.fetch(presign(name, 'GET'));
    assert.equal(read.status, 200);
    assert.equal(read.body, 'grüße');
  });
});

test('with a rule and a refused signature the page sees the 403 and its code', async () => {
  const name = 'browser/refused';
  await withRules([ruleFor(it.origin)], async () => {
    const url = presign(name);
    const got = await it.fetch(tampered(url), { method: 'PUT', body: 'x' });
    assert.equal(got.status, 403);
    assert.match(got.body, /<Code>SignatureDoesNotMatch<\/Code>/);
    assert.ok(got.headers['x-cos-request-id']);

    const unsigned = await it.fetch(url.replace(/\?.*/, ''), { method: 'PUT', body: 'x' });
    assert.equal(unsigned.status, 403);
    assert.match(unsigned.body, /<Code>AccessDenied<\/Code>/);

    await clock('2h', async () => {
      const late = await it.fetch(url, { method: 'PUT', body: 'x' });
      assert.equal(late.status, 403);
      assert.match(late.body, /<Message>Request has expired<\/Message>/);
    });
    await notStored(name);
    assert.equal((await it.fetch(url, { method: 'PUT', body: 'x' })).status, 200);
    assert.equal(await stored(name), 'x');
  });
});

test('a large upload that is refused is seen, too', async () => {
  await withRules([ruleFor(it.origin)], async () => {
    const url = tampered(presign('browser/large'));
    const got = await it.page.evaluate(async (url) => {
      const answer = await fetch(url, { method: 'PUT', body: new Blob([new Uint8Array(20 << 20)]) });
      return { status: answer.status, body: await answer.text() };
    }, url);
    assert.equal(got.status, 403);
    assert.match(got.body, /<Code>SignatureDoesNotMatch<\/Code>/);
    await notStored('browser/large');
  });
});

test('a simple request is served without a rule, and kept from the page', async () => {
  await owner.putObject({ ...at, Key: 'browser/simple', Body: 'text' });
  const url = presign('browser/simple', 'GET');
  await withRules([], async () => assert.deepEqual(await it.fetch(url), blocked));
  await withRules([ruleFor('*')], async () => assert.equal((await it.fetch(url)).body, 'text'));
});

test('a form needs no preflight: without a rule it is stored and its answer kept from the page', async () => {
  const url = `http://${host}/`;
  for (const [name, rules] of [
    ['browser/form-unseen', []],
    ['browser/form', [ruleFor(it.origin, ['ETag', 'Location'])]],
  ]) {
    await withRules(rules, async () => {
      const got = await it.fetch(url, { method: 'POST', form: postForm(name), file: `file of ${name}` });
      if (rules.length === 0) {
        assert.deepEqual(got, blocked);
      } else {
        assert.equal(got.status, 200, got.body);
        assert.equal(got.headers.etag, etag(`file of ${name}`));
        const form = { ...postForm(name), key: 'browser/form-refused' };
        const refused = await it.fetch(url, { method: 'POST', form, file: 'x' });
        assert.equal(refused.status, 403);
        assert.match(refused.body, /<Code>AccessDenied<\/Code>/);
        await notStored('browser/form-refused');
      }
      assert.equal(await stored(name), `file of ${name}`);
    });
  }
});

test('putObject of the SDK with and without a rule', async () => {
  const params = { ...at, Key: 'browser/sdk/对象 1.txt', Headers: { 'x-cos-meta-run': '7' } };
  await withRules([], async () => {
    const { error } = await it.sdk(key, 'putObject', params, 'x');
    assert.equal(error?.statusCode, undefined);
    assert.match(error.message, /CORS blocked or network error/);
    await notStored(params.Key);
  });
  await withRules([ruleFor(it.origin)], async () => {
    const { error } = await it.sdk({ ...key, SecretKey: `${key.SecretKey}x` }, 'putObject', params, 'x');
    assert.equal(error.statusCode, 403);
    assert.equal(error.code, 'SignatureDoesNotMatch');
    assert.ok(error.RequestId);
    await notStored(params.Key);

    const { data, error: none } = await it.sdk(key, 'putObject', params, 'from the SDK');
    assert.equal(none, undefined, JSON.stringify(none));
    assert.equal(data.statusCode, 200);
    assert.equal(data.ETag, etag('from the SDK'));
    assert.equal(await stored(params.Key), 'from the SDK');

    const head = await it.sdk(key, 'headObject', { ...at, Key: params.Key });
    assert.equal(head.data?.statusCode, 200, JSON.stringify(head));
    const removed = await it.sdk(key, 'deleteObject', { ...at, Key: params.Key });
    assert.equal(removed.data?.statusCode, 204, JSON.stringify(removed));
    await notStored(params.Key);
    const missing = await it.sdk(key, 'getObject', { ...at, Key: params.Key });
    assert.equal(missing.error.statusCode, 404);
    assert.equal(missing.error.code, 'NoSuchKey');
  });
});

test('sliceUploadFile of the SDK: parts of a file from a page', async () => {
  const params = { ...at, Key: 'browser/sdk/sliced.bin', ChunkSize: 1 << 20, SliceSize: 1 };
  const size = (3 << 20) + 12_345;
  const body = Buffer.alloc(size, 'one line of the file\n').toString();
  await withRules([ruleFor(it.origin)], async () => {
    const { error } = await it.sdk({ ...key, SecretKey: `${key.SecretKey}x` }, 'sliceUploadFile', params, body);
    assert.equal(error.statusCode, 403);
    assert.equal(error.code, 'SignatureDoesNotMatch');
    await notStored(params.Key);

    const { data, error: none } = await it.sdk(key, 'sliceUploadFile', params, body);
    assert.equal(none, undefined, JSON.stringify(none));
    assert.equal(data.statusCode, 200);
    assert.match(data.ETag, /-4"$/);
    assert.ok((await stored(params.Key)) === body, 'every byte, in order');
  });
});
