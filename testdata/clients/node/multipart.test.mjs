// Uploads in parts, through the SDK's own flows.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { bucket, content, etag, notStored, refused, region, sdk, stored } from './endpoint.mjs';
import { file } from './files.mjs';

const at = { Bucket: bucket, Region: region };
const MiB = 1 << 20;

// recorded is a client that records its requests.
function recorded(options) {
  const cos = sdk(options);
  const sent = [];
  cos.on('before-send', ({ method, url, qs }) => sent.push({ method, url, ...qs }));
  return { cos, parts: () => sent.filter((s) => s.method === 'PUT' && s.partNumber), sent };
}

test('sliceUploadFile: 25 MiB in parts of 1 MiB', async (t) => {
  const Key = 'node/slices/对象 a+b.bin';
  const body = content(Key, 25 * MiB + 7);
  const { cos, parts } = recorded();
  const done = await cos.sliceUploadFile({
    ...at,
    Key,
    FilePath: await file(t, body),
    ChunkSize: MiB,
    AsyncLimit: 5,
    Headers: { 'Content-Type': 'video/mp4', 'x-cos-meta-run': '7 of 9' },
  });
  assert.equal(done.statusCode, 200);
  assert.match(done.ETag, /^"[0-9a-f]{32}-26"$/);
  assert.equal(parts().length, 26);
  const head = await cos.headObject({ ...at, Key });
  assert.equal(head.ETag, done.ETag);
  assert.equal(head.headers['content-type'], 'video/mp4');
  assert.equal(head.headers['x-cos-meta-run'], '7 of 9');
  assert.equal(head.headers['x-cos-hash-crc64ecma'], done.headers['x-cos-hash-crc64ecma']);
  await stored(Key, body);
});

test('uploadFile slices what is large, downloadFile fetches it in pieces', async (t) => {
  const Key = 'node/uploadFile';
  const body = content(Key, 25 * MiB);
  const FilePath = await file(t, body);
  const { cos, parts } = recorded();
  await cos.uploadFile({ ...at, Key, FilePath, SliceSize: 5 * MiB, ChunkSize: 4 * MiB });
  assert.equal(parts().length, 7);
  await stored(Key, body);

  const down = `${FilePath}.down`;
  await cos.downloadFile({ ...at, Key, FilePath: down, ChunkSize: 3 * MiB, ParallelLimit: 3 });
  assert.ok(body.equals(await readFile(down)));
});

test('an upload that was left is resumed', async (t) => {
  const Key = 'node/resumed';
  const body = content(Key, 6 * MiB);
  const { UploadId } = await sdk().multipartInit({ ...at, Key });
  for (const PartNumber of [4, 2]) {
    const Body = body.subarray((PartNumber - 1) * MiB, PartNumber * MiB);
    const part = await sdk().multipartUpload({ ...at, Key, UploadId, PartNumber, Body });
    assert.equal(part.ETag, etag(Body));
  }
  const { cos, parts, sent } = recorded();
  const done = await cos.sliceUploadFile({ ...at, Key, FilePath: await file(t, body), ChunkSize: MiB });
  assert.equal(done.UploadId, UploadId);
  assert.equal(parts().length, 4);
  assert.ok(parts().every((p) => p.uploadId === UploadId));
  assert.ok(!sent.some((s) => s.method === 'POST' && s.url.includes('uploads')), 'no second upload was begun');
  await stored(Key, body);
});

test('the calls one by one, refusals included', async () => {
  const cos = sdk();
  const Key = 'node/parts/a b';
  const { UploadId } = await cos.multipartInit({ ...at, Key });
  const bodies = [content(1, MiB - 1), content(2, 10)];
  const Parts = [];
  for (const [i, Body] of bodies.entries()) {
    const { ETag } = await cos.multipartUpload({ ...at, Key, UploadId, PartNumber: i + 1, Body });
    Parts.push({ PartNumber: i + 1, ETag });
  }
  const list = await cos.multipartListPart({ ...at, Key, UploadId, MaxParts: 1 });
  assert.equal(list.IsTruncated, 'true');
  assert.equal(list.NextPartNumberMarker, '1');
  assert.deepEqual(list.Part.map((p) => [p.PartNumber, p.ETag, p.Size]), [['1', Parts[0].ETag, String(MiB - 1)]]);
  for (const [EncodingType, name] of [['', Key], ['url', 'node/parts/a%20b']]) {
    const uploads = await cos.multipartList({ ...at, Prefix: 'node/parts/', EncodingType });
    assert.deepEqual(uploads.Upload.map((u) => [u.Key, u.UploadId]), [[name, UploadId]]);
  }

  await refused(cos.multipartComplete({ ...at, Key, UploadId, Parts }), 400, 'EntityTooSmall');
  await refused(cos.multipartComplete({ ...at, Key, UploadId, Parts: [...Parts].reverse() }), 400, 'InvalidPartOrder');
  await refused(cos.multipartComplete({ ...at, Key, UploadId, Parts: [{ ...Parts[0], ETag: Parts[1].ETag }] }), 400, 'InvalidPart');
  await refused(cos.multipartUpload({ ...at, Key, UploadId: `${UploadId}0`, PartNumber: 1, Body: bodies[1] }), 404, 'NoSuchUpload');
  await refused(cos.multipartUpload({ ...at, Key, UploadId, PartNumber: 10001, Body: bodies[1] }), 400, 'InvalidArgument');
  await notStored(Key);

  await cos.multipartComplete({ ...at, Key, UploadId, Parts: Parts.slice(0, 1) });
  await cos.multipartComplete({ ...at, Key, UploadId, Parts: Parts.slice(0, 1) }); // its answer might have been lost
  await stored(Key, bodies[0]);

  const left = await cos.multipartInit({ ...at, Key });
  assert.equal((await cos.multipartAbort({ ...at, Key, UploadId: left.UploadId })).statusCode, 204);
  await refused(cos.multipartAbort({ ...at, Key, UploadId: left.UploadId }), 404, 'NoSuchUpload');
});
