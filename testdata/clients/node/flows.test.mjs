// The SDK's flows for large objects: an interrupted upload that is resumed, and
// copies.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { api, bucket, content, host, journal, latest, notStored, refused, region, sdk, stored } from './endpoint.mjs';
import { brittleNetwork, file } from './files.mjs';

const at = { Bucket: bucket, Region: region };
const MiB = 1 << 20;

function partNumber(entry) {
  return Number(new URLSearchParams(entry.request.query).get('partNumber'));
}

test('uploadFile that is cut in the middle: the second try sends only what is missing', async (t) => {
  const Key = 'node/flows/cut off';
  const body = content(Key, 25 * MiB);
  const path = await file(t, body);
  const upload = (address) => promisify(execFile)(process.execPath, ['upload.mjs', address, Key, path]);

  await assert.rejects(upload(await brittleNetwork(t, 12.5 * MiB)), { code: 1, stderr: /^no answer/ });
  // The journal has the interrupted part as an incomplete body.
  const [short] = await journal({ key: Key, verdict: 'refused' });
  assert.deepEqual([short.operation, short.code, short.diagnosis[0]], ['UploadPart', 'IncompleteBody', 'body-short']);
  assert.ok(short.received_bytes < MiB);
  await notStored(Key);

  const after = await latest();
  await upload(api);
  await stored(Key, body);
  const parts = await journal({ key: Key, method: 'PUT', verdict: 'accepted', count: 25 });
  const before = parts.filter((r) => r.seq <= after);
  const then = parts.filter((r) => r.seq > after);
  assert.ok(before.length > 0 && then.length > 0, `${before.length} parts at first, ${then.length} later`);
  const all = Array.from({ length: 25 }, (_, i) => i + 1);
  assert.deepEqual(parts.map(partNumber).sort((a, b) => a - b), all, 'each part went over once');
  const posts = await journal({ key: Key, method: 'POST', count: 2 });
  assert.deepEqual(posts.map((r) => r.operation), ['InitiateMultipartUpload', 'CompleteMultipartUpload']);
  assert.ok(posts[0].seq <= after && posts[1].seq > after);
  const listed = await journal({ key: Key, method: 'GET', after });
  assert.equal(listed[0].operation, 'ListParts');
});

test('sliceCopyFile: large objects in parts, small ones at once', async () => {
  const cos = sdk({ CopyChunkParallelLimit: 3 });
  for (const [name, size, parts] of [
    ['large 源+.bin', 25 * MiB + 5, 6],
    ['small.bin', 3 * MiB, 0],
  ]) {
    const source = `node/flows/from/${name}`;
    const Key = `node/flows/to/${name}`;
    const body = content(source, size);
    const meta = { 'Content-Type': 'video/mp4', 'x-cos-meta-run': '7 of 9' };
    await cos.putObject({ ...at, Key: source, Body: body, Headers: meta });
    const CopySource = `${host}/${encodeURIComponent(source)}`;
    const done = await cos.sliceCopyFile({ ...at, Key, CopySource, CopySliceSize: 5 * MiB, CopyChunkSize: 5 * MiB });
    assert.equal(done.statusCode, 200);
    assert.match(done.ETag, parts ? /^"[0-9a-f]{32}-6"$/ : /^"[0-9a-f]{32}"$/);
    await stored(Key, body);
    const { headers } = await cos.headObject({ ...at, Key });
    assert.equal(headers['content-type'], 'video/mp4');
    assert.equal(headers['x-cos-meta-run'], '7 of 9');
    const puts = await journal({ key: Key, method: 'PUT', count: parts || 1 });
    const [operation, many] = parts ? ['UploadPartCopy', parts] : ['PutObject', 1];
    assert.deepEqual(puts.map((r) => r.operation), Array(many).fill(operation));
    assert.ok(puts.every((r) => r.request.headers['X-Cos-Copy-Source'] && r.received_bytes === 0), 'no byte went over');
  }
});

test('sliceCopyFile to another bucket, and of what may not be read', async (t) => {
  const cos = sdk();
  const Bucket = `copies-${bucket.split('-').pop()}`;
  const source = 'node/flows/from/elsewhere';
  const body = content(source, 6 * MiB);
  const copy = (options) => ({ Bucket, Region: region, Key: 'here', CopySource: `${host}/${source}`, CopySliceSize: MiB, ...options });
  await cos.putObject({ ...at, Key: source, Body: body });
  await cos.putBucket({ Bucket, Region: region });
  t.after(async () => {
    await cos.deleteObject({ Bucket, Region: region, Key: 'here' });
    await cos.deleteBucket({ Bucket, Region: region });
  });

  await assert.rejects(cos.sliceCopyFile(copy({ CopySource: `${host}/${source}-absent` })), { statusCode: 404 });
  const wrong = sdk({ SecretKey: `${sdk().options.SecretKey}x` });
  await assert.rejects(wrong.sliceCopyFile(copy()), { statusCode: 403 });
  await assert.rejects(cos.headObject({ Bucket, Region: region, Key: 'here' }), { statusCode: 404 });
  await refused(
    cos.putObjectCopy({ Bucket, Region: region, Key: 'here', CopySource: `${host}/${source}-absent` }),
    404,
    'NoSuchKey',
  );

  await cos.sliceCopyFile(copy({ CopyChunkSize: 2 * MiB }));
  const got = await cos.getObject({ Bucket, Region: region, Key: 'here' });
  assert.ok(body.equals(got.Body));
});
