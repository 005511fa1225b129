// The SDK's own calls, signed in the Authorization header.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import test from 'node:test';
import { bucket, clock, content, etag, journal, latest, notStored, refused, region, sdk, stored, temporary } from './endpoint.mjs';
import { file } from './files.mjs';

const at = { Bucket: bucket, Region: region };

for (const Key of [
  'simple.bin',
  'node/object/nested.bin',
  "node/对象 and a+b&c=d;e%20f!'()*.bin",
  'node//double//slash',
]) {
  test(`an object's life: ${Key}`, async () => {
    const cos = sdk();
    const body = content(Key, 300_000);
    const put = await cos.putObject({
      ...at,
      Key,
      Body: body,
      ContentType: 'text/x-log; charset=utf-8',
      CacheControl: 'no-cache',
      Headers: { 'x-cos-meta-run': '7 of 9' },
    });
    assert.equal(put.statusCode, 200);
    assert.equal(put.ETag, etag(body));
    assert.match(put.headers['x-cos-hash-crc64ecma'], /^[0-9]+$/);

    const head = await cos.headObject({ ...at, Key });
    assert.equal(head.ETag, etag(body));
    assert.equal(head.headers['content-length'], String(body.length));
    assert.equal(head.headers['content-type'], 'text/x-log; charset=utf-8');
    assert.equal(head.headers['cache-control'], 'no-cache');
    assert.equal(head.headers['x-cos-meta-run'], '7 of 9');
    assert.equal(head.headers['x-cos-hash-crc64ecma'], put.headers['x-cos-hash-crc64ecma']);
    await stored(Key, body);

    const part = await cos.getObject({ ...at, Key, Headers: { Range: 'bytes=100-199' } });
    assert.equal(part.statusCode, 206);
    assert.equal(part.headers['content-range'], `bytes 100-199/${body.length}`);
    assert.ok(part.Body.equals(body.subarray(100, 200)));

    const removed = await cos.deleteObject({ ...at, Key });
    assert.equal(removed.statusCode, 204);
    await notStored(Key);
    await refused(cos.getObject({ ...at, Key }), 404, 'NoSuchKey');
  });
}

test('a string body, and one that is empty', async () => {
  const cos = sdk();
  for (const text of ['grüße, 世界', '']) {
    const put = await cos.putObject({ ...at, Key: 'node/string', Body: text });
    assert.equal(put.ETag, etag(text));
    await stored('node/string', Buffer.from(text));
  }
});

test('headers that the SDK sends empty are not stored', async () => {
  const cos = sdk();
  await cos.putObject({ ...at, Key: 'node/no-headers', Body: Buffer.from('x') });
  const head = await cos.headObject({ ...at, Key: 'node/no-headers' });
  assert.equal(head.headers['cache-control'], undefined);
});

test('a stream of unknown length goes chunked', async () => {
  const cos = sdk();
  const body = content('chunked', 3_000_001);
  const sent = [];
  cos.on('before-send', (options) => sent.push(options.headers));
  const pieces = function* () {
    for (let i = 0; i < body.length; i += 70_000) yield body.subarray(i, i + 70_000);
  };
  const put = await cos.putObject({ ...at, Key: 'node/chunked', Body: Readable.from(pieces()) });
  assert.equal(put.ETag, etag(body));
  assert.ok(!('Content-Length' in sent[0]), 'the upload had a length');
  await stored('node/chunked', body);
});

test('a file stream with its length', async (t) => {
  const body = content('file', 1_000_003);
  const put = await sdk().putObject({
    ...at,
    Key: 'node/file',
    Body: createReadStream(await file(t, body)),
    ContentLength: body.length,
  });
  assert.equal(put.ETag, etag(body));
  await stored('node/file', body);
});

test('Content-MD5 checked on the way', async () => {
  const cos = sdk({ UploadCheckContentMd5: true });
  await cos.putObject({ ...at, Key: 'node/md5', Body: Buffer.from('hello') });
  await stored('node/md5', Buffer.from('hello'));
  await refused(
    sdk().putObject({ ...at, Key: 'node/md5-wrong', Body: Buffer.from('hello'), Headers: { 'Content-MD5': '1B2M2Y8AsgTpgAmY7PhCfg==' } }),
    400,
    'BadDigest',
  );
  await notStored('node/md5-wrong');
});

test('listing by pages and by folders', async () => {
  const cos = sdk();
  const keys = ['node-list/a', 'node-list/b/1', 'node-list/b/2', 'node-list/b&b', 'node-list/c d+e', 'node-list/中'];
  for (const Key of keys) await cos.putObject({ ...at, Key, Body: Buffer.from(Key) });

  const seen = [];
  let Marker = '';
  for (let page = 0; page < keys.length; page++) {
    const answer = await cos.getBucket({ ...at, Prefix: 'node-list/', MaxKeys: 2, Marker });
    assert.equal(answer.Name, bucket);
    seen.push(...answer.Contents);
    if (answer.IsTruncated === 'false') break;
    Marker = answer.NextMarker;
  }
  const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  assert.deepEqual(seen.map((o) => o.Key), [...keys].sort(byBytes));
  for (const o of seen) assert.equal(o.ETag, etag(o.Key));

  const folders = await cos.getBucket({ ...at, Prefix: 'node-list/', Delimiter: '/' });
  assert.deepEqual(folders.CommonPrefixes.map((p) => p.Prefix), ['node-list/b/']);
  assert.equal(folders.Contents.length, keys.length - 2);
});

test('buckets: head, list, and one that is not there', async () => {
  const cos = sdk();
  await cos.headBucket(at);
  const mine = await cos.getService();
  assert.ok(mine.Buckets.some((b) => b.Name === bucket && b.Location === region), JSON.stringify(mine.Buckets));
  await refused(
    cos.putObject({ Bucket: `absent-${bucket.split('-').pop()}`, Region: region, Key: 'k', Body: Buffer.from('v') }),
    404,
    'NoSuchBucket',
  );
});

test('a wrong secret is refused, the old object stays', async () => {
  const Key = 'node/wrong-secret';
  const wrong = sdk({ SecretKey: `${sdk().options.SecretKey}x` });
  const error = await refused(wrong.putObject({ ...at, Key, Body: Buffer.from('no') }), 403, 'SignatureDoesNotMatch');
  assert.equal(error.error.Message, 'The Signature you specified is invalid.');
  assert.equal(error.error.Resource, `/${Key}`);
  assert.match(error.error.StringToSign, /^sha1\n[0-9]+;[0-9]+\n[0-9a-f]{40}\n$/);
  assert.ok(error.error.FormatString.startsWith(`put\n/${Key}\n\n`), error.error.FormatString);
  await notStored(Key);

  await sdk().putObject({ ...at, Key, Body: Buffer.from('yes') });
  await refused(wrong.putObject({ ...at, Key, Body: Buffer.from('again no') }), 403, 'SignatureDoesNotMatch');
  await refused(
    wrong.putObject({ ...at, Key, Body: Readable.from([Buffer.from('streamed no')]) }),
    403,
    'SignatureDoesNotMatch',
  );
  await stored(Key, Buffer.from('yes'));
});

test('a temporary key needs its token', async () => {
  const Key = 'node/temporary';
  const put = (options) => sdk(options).putObject({ ...at, Key, Body: Buffer.from('yes') });
  await refused(put({ ...temporary, SecurityToken: undefined }), 403, 'InvalidAccessKeyId');
  await refused(put({ ...temporary, SecurityToken: `${temporary.SecurityToken}x` }), 403, 'InvalidAccessKeyId');
  await notStored(Key);
  await put(temporary);
  await stored(Key, Buffer.from('yes'));
});

test('a clock two hours off: refused when the SDK may not correct it, repaired when it may', async (t) => {
  const Key = 'node/clock';
  for (const [offset, code] of [
    ['2h', 'AccessDenied'],
    ['-2h', 'RequestTimeTooSkewed'],
  ]) {
    await t.test(offset, () =>
      clock(offset, async () => {
        const cos = sdk({ CorrectClockSkew: false });
        const error = await refused(cos.putObject({ ...at, Key, Body: Buffer.from('no') }), 403, code);
        if (code === 'AccessDenied') assert.equal(error.error.Message, 'Request has expired');
        const skew = Date.parse(error.headers.date) - Date.now();
        assert.ok(Math.abs(skew) > 3600_000, 'Date must follow the emulator clock');

        const fixing = sdk();
        await assert.rejects(
          sdk({ CorrectClockSkew: false }).headObject({ ...at, Key }),
          { statusCode: 403 },
          'still refused without the correction',
        );
        const after = await latest();
        await fixing.putObject({ ...at, Key, Body: Buffer.from(offset) });
        // The SDK retried: its first request was refused, its second one stored.
        const puts = await journal({ key: Key, method: 'PUT', after, count: 2 });
        assert.deepEqual(puts.map((r) => [r.verdict, r.status, r.code ?? '']), [
          ['refused', 403, code],
          ['accepted', 200, ''],
        ]);
        assert.equal(puts[1].request.headers['X-Cos-Sdk-Retry']?.[0], 'true');
        assert.ok(Math.abs(fixing.options.SystemClockOffset - skew) < 60_000);
        await fixing.deleteObject({ ...at, Key });
      }),
    );
    await notStored(Key);
  }
});
