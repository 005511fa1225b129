// The acceleration host, by the SDK's UseAccelerate, before and after the
// bucket has acceleration.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucket, content, etag, notStored, port, refused, region, sdk, stored } from './endpoint.mjs';
import { file } from './files.mjs';

const at = { Bucket: bucket, Region: region };
const Key = 'node/accelerated/对象 a+b';
const host = `${bucket}.cos.accelerate.myqcloud.com`;
const fast = sdk({ UseAccelerate: true });

const off = 'BucketAccelerateNotEnabled';
const never = 'ActionAccelerateNotSupported';

async function set(Status) {
  const answer = await sdk().putBucketAccelerate({ ...at, AccelerateConfiguration: { Status, Type: 'COS' } });
  assert.equal(answer.statusCode, 200);
  const got = await sdk().getBucketAccelerate(at);
  assert.equal(got.AccelerateConfiguration.Status, Status);
}

function presigned() {
  const url = fast.getObjectUrl({ ...at, Key, Sign: true, Method: 'PUT' });
  assert.equal(new URL(url).host, host);
  return url.replace(host, `${host}:${port}`);
}

async function neverTaken() {
  await refused(fast.deleteObject({ ...at, Key }), 400, never);
  await refused(fast.getBucket(at), 400, never);
  await refused(fast.deleteMultipleObject({ ...at, Objects: [{ Key }] }), 400, never);
  await refused(fast.putObjectCopy({ ...at, Key: 'node/accelerated/copy', CopySource: `${host}/${encodeURIComponent(Key)}` }), 400, never);
  await notStored('node/accelerated/copy');
}

test('off: nothing is taken', async () => {
  const body = content('off', 1000);
  await refused(fast.putObject({ ...at, Key, Body: body }), 400, off);
  await refused(fast.multipartInit({ ...at, Key }), 400, off);
  const answer = await fetch(presigned(), { method: 'PUT', body });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), new RegExp(`<Code>${off}</Code>`));
  await notStored(Key);
  await neverTaken();
});

test('on: uploads, downloads and parts, and nothing else', async (t) => {
  const body = content('on', 70_000);
  await set('Enabled');
  try {
    assert.equal((await fast.putObject({ ...at, Key, Body: body })).ETag, etag(body));
    await stored(Key, body);
    assert.ok((await fast.getObject({ ...at, Key })).Body.equals(body));
    await neverTaken();
    await stored(Key, body);

    const signed = content('signed', 1000);
    const answer = await fetch(presigned(), { method: 'PUT', body: signed });
    assert.equal(answer.status, 200, await answer.text());
    await stored(Key, signed);

    const parts = content('parts', 2_500_000);
    const name = await file(t, parts);
    await fast.sliceUploadFile({ ...at, Key, FilePath: name, SliceSize: 1, ChunkSize: 1 << 20 });
    await stored(Key, parts);
  } finally {
    await set('Suspended');
  }
  await refused(fast.putObject({ ...at, Key, Body: body }), 400, off);
});
