// Uploads of a Mini Program: forms by wx.uploadFile, others by wx.request.
import assert from 'node:assert/strict';
import test from 'node:test';
import { at, clock, content, etag, file, host, journal, key, notStored, program, refused, sent, stored, temporary } from './endpoint.mjs';

const MiB = 1 << 20;
const wrong = { ...key, SecretKey: `${key.SecretKey}x` };

test('postObject: a form, signed by its Signature field', async (t) => {
  const Key = 'wx/post/图片 a+b&c.png';
  const body = content(Key, 300_000);
  const FilePath = await file(t, body);
  const error = await refused(program(wrong).postObject({ ...at, Key, FilePath }), 403, 'SignatureDoesNotMatch');
  assert.match(error.FormatString, /^post\n\/\n/);
  await notStored(Key);

  const done = await program().postObject({
    ...at,
    Key,
    FilePath,
    ContentType: 'image/png',
    CacheControl: 'max-age=60',
    'x-cos-meta-run': '7 of 9',
  });
  assert.equal(done.statusCode, 200);
  assert.equal(done.ETag, etag(body));
  const form = sent.at(-1);
  assert.equal(form.call, 'uploadFile');
  assert.ok(form.formData.Signature.startsWith('q-sign-algorithm=sha1&'));
  const headers = await stored(Key, body);
  assert.equal(headers['content-type'], 'image/png');
  assert.equal(headers['cache-control'], 'max-age=60');
  assert.equal(headers['x-cos-meta-run'], '7 of 9');
  const [entry] = await journal({ key: Key, verdict: 'accepted', method: 'POST' });
  assert.equal(entry.operation, 'PostObject');
  assert.match(entry.request.headers.Referer[0], /servicewechat/);
});

test('postObject: an empty type is none, ${filename} is the name of the file', async (t) => {
  const body = Buffer.from('text');
  const done = await program().postObject({ ...at, Key: 'wx/post/${filename}', FilePath: await file(t, body, 'notes.txt') });
  assert.equal(sent.at(-1).formData['Content-Type'], '');
  assert.equal(done.Location, `${host}/wx/post/notes.txt`);
  await stored('wx/post/notes.txt', body);
});

test('postObject with a temporary key needs its token', async (t) => {
  const Key = 'wx/post/temporary';
  const FilePath = await file(t, 'yes');
  // As in programs: their server returns the key on request.
  const asks = (answer) => program({ SecretId: '', SecretKey: '', getAuthorization: (_, give) => give(answer) });
  const key = {
    TmpSecretId: temporary.SecretId,
    TmpSecretKey: temporary.SecretKey,
    StartTime: Math.floor(Date.now() / 1000),
    ExpiredTime: Math.floor(Date.now() / 1000) + 900,
  };
  const other = { ...key, SecurityToken: `${temporary.SecurityToken}x` };
  await refused(asks(other).postObject({ ...at, Key, FilePath }), 403, 'InvalidAccessKeyId');
  await notStored(Key);
  await asks({ ...key, SecurityToken: temporary.SecurityToken }).postObject({ ...at, Key, FilePath });
  assert.equal(sent.at(-1).formData['x-cos-security-token'], temporary.SecurityToken);
  await stored(Key, Buffer.from('yes'));
});

test('putObject: a body and a file', async (t) => {
  const Key = 'wx/put/对象 a+b';
  const body = content(Key, 70_000);
  const FilePath = await file(t, body);
  await refused(program(wrong).putObject({ ...at, Key, FilePath }), 403, 'SignatureDoesNotMatch');
  await notStored(Key);
  const done = await program().putObject({ ...at, Key, FilePath, ContentType: 'image/png' });
  assert.equal(done.ETag, etag(body));
  assert.equal(sent.at(-1).call, 'request');
  assert.equal((await stored(Key, body))['content-type'], 'image/png');

  await program(temporary).putObject({ ...at, Key, Body: 'grüße, 世界' });
  await stored(Key, Buffer.from('grüße, 世界'));
});

test('uploadFile posts what is small', async (t) => {
  const Key = 'wx/upload/small';
  const body = content(Key, MiB);
  const FilePath = await file(t, body);
  await refused(program(wrong).uploadFile({ ...at, Key, FilePath, SliceSize: MiB }), 403, 'SignatureDoesNotMatch');
  await notStored(Key);
  const done = await program().uploadFile({ ...at, Key, FilePath, SliceSize: MiB });
  assert.equal(done.ETag, etag(body));
  assert.equal(sent.at(-1).call, 'uploadFile');
  await stored(Key, body);

  await program({ SimpleUploadMethod: 'putObject' }).uploadFile({ ...at, Key: `${Key}-put`, FilePath, SliceSize: MiB });
  assert.equal(sent.at(-1).call, 'request');
  await stored(`${Key}-put`, body);
});

test('uploadFile slices what is large', async (t) => {
  const Key = 'wx/upload/large 文件';
  const body = content(Key, 5 * MiB + 7);
  const FilePath = await file(t, body);
  await refused(program(wrong).uploadFile({ ...at, Key, FilePath, SliceSize: MiB }), 403, 'SignatureDoesNotMatch');
  await notStored(Key);
  const progress = [];
  const done = await program().uploadFile({ ...at, Key, FilePath, SliceSize: MiB, ChunkSize: MiB, onProgress: (p) => progress.push(p.percent) });
  assert.match(done.ETag, /^"[0-9a-f]{32}-6"$/);
  assert.equal(progress.at(-1), 1);
  await stored(Key, body);
  const parts = await journal({ key: Key, method: 'PUT', count: 6 });
  assert.deepEqual(parts.map((r) => [r.operation, r.verdict]), Array(6).fill(['UploadPart', 'accepted']));
});

test('a clock two hours off is corrected after the first answer', async (t) => {
  const FilePath = await file(t, 'body');
  for (const [offset, code] of [
    ['2h', 'AccessDenied'],
    ['-2h', 'RequestTimeTooSkewed'],
  ]) {
    const Key = `wx/clock/${offset}`;
    await clock(offset, async () => {
      const stubborn = program({ CorrectClockSkew: false });
      await refused(stubborn.postObject({ ...at, Key: `${Key}-refused`, FilePath }), 403, code);
      const after = (await journal({ method: 'POST' })).at(-1).seq;
      await program().postObject({ ...at, Key, FilePath });
      const posts = await journal({ method: 'POST', after, count: 2 });
      assert.deepEqual(posts.map((r) => [r.verdict, r.code ?? '']), [
        ['refused', code],
        ['accepted', ''],
      ]);
    });
    await notStored(`${Key}-refused`);
    await stored(Key, Buffer.from('body'));
  }
});
