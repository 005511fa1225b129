// The calls of @aws-sdk/client-s3, signed in a header.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import {
  CopyObjectCommand, DeleteObjectCommand, DeleteObjectsCommand, HeadObjectCommand, PutObjectCommand, paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Bucket, client, content, etag, key, notStored, refused, stored, styles, temporary, withMD5 } from './endpoint.mjs';

for (const [style, options] of Object.entries(styles)) {
  test(`an object: ${style}`, async () => {
    const s3 = client(options);
    for (const name of ['plain.bin', 'nested/a b+c&d=e;f%20g.bin', '对象/ü?#%41.bin', 'double//slash']) {
      const Key = `s3js/${style}/${name}`;
      const Body = content(Key, 300_000);
      const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/x-log', Metadata: { run: '7 of 9' } }));
      assert.equal(put.ETag, etag(Body));
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      assert.deepEqual([head.ContentType, head.Metadata, head.ContentLength], ['text/x-log', { run: '7 of 9' }, Body.length]);
      await stored(Key, Body);
      const CopySource = `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`;
      await s3.send(new CopyObjectCommand({ Bucket, Key: `${Key} copy`, CopySource }));
      await stored(`${Key} copy`, Body);
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      await notStored(Key);
    }
  });

  test(`a stream of unknown length, in parts: ${style}`, async () => {
    const Key = `s3js/${style}/stream`;
    const body = content(Key, 20 << 20);
    const upload = new Upload({ client: client(options), params: { Bucket, Key, Body: Readable.from([body]) } });
    const { ETag } = await upload.done();
    assert.match(ETag, /-4"$/, 'four parts of 5 MiB');
    await stored(Key, body);
  });
}

test('list in pages', async () => {
  const s3 = client();
  const keys = ['a', 'b/1', 'b/2', 'b&b', 'c d+e', '中'].map((name) => `s3js-list/${name}`).sort();
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const listed = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix: 's3js-list/' })) {
    assert.ok(page.Contents.length <= 2);
    listed.push(...page.Contents.map((entry) => entry.Key));
  }
  assert.deepEqual(listed, keys);
});

test('a deletion of many wants Content-MD5', async () => {
  const s3 = client();
  const keys = ['s3js-many/1', 's3js-many/2 ü+&<'];
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const many = new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } });
  await refused(s3.send(many), 400, 'InvalidRequest', 'aws-checksum');
  for (const Key of keys) await stored(Key, Key);
  const { Deleted } = await withMD5(client()).send(many);
  assert.equal(Deleted.length, keys.length);
  for (const Key of keys) await notStored(Key);
});

test('the default sends the checksum of a stream behind it, which is refused', async () => {
  const params = { Bucket, Key: 's3js/trailer', ContentLength: 5 };
  const put = (s3) => s3.send(new PutObjectCommand({ ...params, Body: Readable.from([Buffer.from('hello')]) }));
  await refused(put(client({ requestChecksumCalculation: 'WHEN_SUPPORTED' })), 411, 'MissingContentLength', 'aws-checksum');
  await notStored(params.Key);
  await put(client());
  await stored(params.Key, 'hello');
});

test('a wrong secret and a temporary key without its token are refused', async () => {
  const Key = 's3js/keys';
  const put = (credentials) => client({ credentials }).send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  await refused(put({ ...key, secretAccessKey: `${key.secretAccessKey}x` }), 403, 'SignatureDoesNotMatch');
  await refused(put({ ...temporary, sessionToken: undefined }), 403, 'InvalidAccessKeyId');
  await notStored(Key);
  await put(temporary);
  await stored(Key, 'x');
});
