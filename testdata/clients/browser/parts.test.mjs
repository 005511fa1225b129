// Large files from a page of another origin, by the SDK's multipart flows.
import assert from 'node:assert/strict';
import test from 'node:test';
import { at, clock, journal, key, latest, notStored, owner, ruleFor, stored, withRules } from './endpoint.mjs';
import { onPage } from './page.mjs';

const it = onPage();
const MiB = 1 << 20;
const wrong = { ...key, SecretKey: `${key.SecretKey}x` };

// text is n bytes that differ from line to line.
function text(seed, n) {
  const lines = Array.from({ length: n / 16 + 1 }, (_, i) => `${seed}${i}`.padEnd(15) + '\n');
  return lines.join('').slice(0, n);
}

test('sliceUploadFile without a rule: the page sees nothing, and nothing is begun', async () => {
  const params = { ...at, Key: 'browser/parts/no-rule', ChunkSize: MiB, SliceSize: 1 };
  for (const rules of [[], [ruleFor('http://127.0.0.1:1')]]) {
    await withRules(rules, async () => {
      const { error } = await it.sdk(key, 'sliceUploadFile', params, text('a', 3 * MiB));
      assert.equal(error.statusCode, undefined);
      assert.match(error.message, /CORS blocked or network error/);
      await notStored(params.Key);
      const { Upload } = await owner.multipartList({ ...at, Prefix: params.Key });
      assert.deepEqual(Upload, []);
    });
  }
});

test('a rule that does not expose ETag: the SDK says so', async () => {
  const params = { ...at, Key: 'browser/parts/no-etag', ChunkSize: MiB, SliceSize: 1 };
  const body = text('b', 3 * MiB);
  await withRules([ruleFor(it.origin, ['x-cos-request-id'])], async () => {
    const { error } = await it.sdk(key, 'sliceUploadFile', params, body);
    assert.match(error.message, /please add "ETag" to CORS ExposeHeader/);
    await notStored(params.Key);
  });
  await withRules([ruleFor(it.origin)], async () => {
    const { data, error } = await it.sdk(key, 'sliceUploadFile', params, body);
    assert.equal(data?.statusCode, 200, JSON.stringify(error));
    assert.equal(await stored(params.Key), body);
  });
});

test('uploadFile: small and large, accepted and refused', async () => {
  await withRules([ruleFor(it.origin)], async () => {
    for (const [name, size, operation, count] of [
      ['small', MiB, 'PutObject', 1],
      ['large 文件', 5 * MiB + 7, 'UploadPart', 6],
    ]) {
      const params = { ...at, Key: `browser/parts/${name}`, SliceSize: MiB, ChunkSize: MiB };
      const body = text(name[0], size);
      const refused = await it.sdk(wrong, 'uploadFile', params, body);
      assert.equal(refused.error.statusCode, 403);
      assert.equal(refused.error.code, 'SignatureDoesNotMatch');
      await notStored(params.Key);

      const { data, error } = await it.sdk(key, 'uploadFile', params, body);
      assert.equal(data?.statusCode, 200, JSON.stringify(error));
      assert.equal(await stored(params.Key), body);
      const puts = await journal({ key: params.Key, method: 'PUT', verdict: 'accepted', count });
      assert.deepEqual(puts.map((r) => r.operation), Array(count).fill(operation));
    }
  });
});

test('a page that is loaded again in the middle: the upload goes on where it was', async () => {
  const params = { ...at, Key: 'browser/parts/again', SliceSize: 1, ChunkSize: MiB, AsyncLimit: 1 };
  const body = text('c', 10 * MiB);
  await withRules([ruleFor(it.origin)], async () => {
    // 2 MiB/s, so that there is time enough before the end.
    const slow = { ...params, Headers: { 'x-cos-traffic-limit': 16 * MiB } };
    const left = it.sdk(key, 'sliceUploadFile', slow, body).catch((error) => error);
    await journal({ key: params.Key, method: 'PUT', verdict: 'accepted', count: 2 });
    await it.page.reload();
    assert.ok((await left) instanceof Error, 'the page was gone before the end');
    await notStored(params.Key);

    const after = await latest();
    const { data, error } = await it.sdk(key, 'sliceUploadFile', params, body);
    assert.equal(data?.statusCode, 200, JSON.stringify(error));
    assert.ok((await stored(params.Key)) === body, 'every byte, in order');
    const puts = await journal({ key: params.Key, method: 'PUT', verdict: 'accepted', count: 10 });
    const numbers = puts.map((r) => Number(new URLSearchParams(r.request.query).get('partNumber')));
    assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 10 }, (_, i) => i + 1), 'each part once');
    assert.ok(puts.some((r) => r.seq <= after) && puts.some((r) => r.seq > after));
    const posts = await journal({ key: params.Key, method: 'POST', count: 2 });
    assert.deepEqual(posts.map((r) => r.operation), ['InitiateMultipartUpload', 'CompleteMultipartUpload']);
  });
});

test('a clock two hours off: refused once, then right by itself', async () => {
  await withRules([ruleFor(it.origin)], async () => {
    for (const [offset, code] of [
      ['2h', 'AccessDenied'],
      ['-2h', 'RequestTimeTooSkewed'],
    ]) {
      const params = { ...at, Key: `browser/parts/clock ${offset}` };
      await clock(offset, async () => {
        const { data, error } = await it.sdk(key, 'putObject', params, offset);
        assert.equal(data?.statusCode, 200, JSON.stringify(error));
      });
      const puts = await journal({ key: params.Key, method: 'PUT', count: 2 });
      assert.deepEqual(puts.map((r) => [r.verdict, r.code ?? '']), [
        ['refused', code],
        ['accepted', ''],
      ]);
      assert.equal(await stored(params.Key), offset);
    }
  });
});

test('a copy in parts within the bucket', async () => {
  const body = text('d', 6 * MiB);
  await owner.putObject({ ...at, Key: 'browser/parts/source +', Body: body });
  const params = {
    ...at,
    Key: 'browser/parts/copy',
    CopySource: `${at.Bucket}.cos.${at.Region}.myqcloud.com/${encodeURIComponent('browser/parts/source +')}`,
    CopySliceSize: MiB,
    CopyChunkSize: 2 * MiB,
  };
  await withRules([ruleFor(it.origin)], async () => {
    const { data, error } = await it.sdk(key, 'sliceCopyFile', params);
    assert.equal(data?.statusCode, 200, JSON.stringify(error));
  });
  assert.equal(await stored(params.Key), body);
  const puts = await journal({ key: params.Key, method: 'PUT', count: 3 });
  assert.deepEqual(puts.map((r) => r.operation), Array(3).fill('UploadPartCopy'));
});
