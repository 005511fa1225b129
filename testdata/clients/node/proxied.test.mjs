// The SDK with its default endpoints, which are https, through the proxy.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucket, content, host, journal, key, notStored, region, stored } from './endpoint.mjs';
import { file } from './files.mjs';
import { proxied } from './proxied.mjs';

const MiB = 1 << 20;

test('a program that knows only its proxy: uploads in parts, small, and by a signed URL', async (t) => {
  const Key = 'node/proxied/对象 a+b';
  const body = content(Key, 3 * MiB + 7);
  const said = await proxied(t, 'program.mjs', [bucket, region, Key, await file(t, body)]);
  assert.deepEqual(said.map(({ name, status }) => [name, status]), [
    ['uploadFile', 200],
    ['putObject', 200],
    ['axios', 200],
  ], JSON.stringify(said));
  for (const end of ['', '-small', '-axios']) await stored(Key + end, body);
  const parts = await journal({ key: Key, method: 'PUT', count: 4 });
  assert.ok(parts.every((r) => r.host === host && r.verdict === 'accepted'));
});

test('a wrong secret is refused there as well', async (t) => {
  const Key = 'node/proxied/refused';
  const wrong = { ...key, SecretKey: `${key.SecretKey}x` };
  const said = await proxied(t, 'program.mjs', [bucket, region, Key, await file(t, content(Key, 3 * MiB))], wrong);
  assert.deepEqual(said.map(({ status }) => status), [403, 403, 403], JSON.stringify(said));
  assert.equal(said[1].code, 'SignatureDoesNotMatch');
  assert.match(said[2].body, /<Code>SignatureDoesNotMatch<\/Code>/);
  for (const end of ['', '-small', '-axios']) await notStored(Key + end);
});
