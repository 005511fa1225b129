// A page that uses the https URLs of COS, in a browser that has the emulator as
// its proxy and trusts its CA. The flags are those of the README.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import test, { describe } from 'node:test';
import { api, at, console_, journal, key, notStored, owner, ruleFor, stored, tampered, withRules } from './endpoint.mjs';
import { blocked, onPage } from './page.mjs';

const pac = `data:application/x-ns-proxy-autoconfig,function FindProxyForURL(url, host) {
  return shExpMatch(host, "*.myqcloud.com") ? "PROXY ${api}" : "DIRECT" }`;
const proxy = `--proxy-pac-url=${pac}`;

async function trusting() {
  const answer = await fetch(`http://${console_}/ca.pem`);
  const spki = new X509Certificate(await answer.text()).publicKey.export({ type: 'spki', format: 'der' });
  return [proxy, `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`];
}

function presign(Key, Method = 'PUT') {
  return owner.getObjectUrl({ ...at, Key, Method, Sign: true, Expires: 3600, Protocol: 'https:' });
}

describe('a browser that trusts the CA', () => {
  const it = onPage(trusting);

  test('a pre-signed fetch PUT over https, with and without a rule', async () => {
    const url = presign('browser/proxied/fetch');
    assert.match(url, /^https:/);
    await withRules([], async () => {
      assert.deepEqual(await it.fetch(url, { method: 'PUT', body: 'x' }), blocked);
      await notStored('browser/proxied/fetch');
    });
    await withRules([ruleFor(it.origin)], async () => {
      const refused = await it.fetch(tampered(url), { method: 'PUT', body: 'x' });
      assert.equal(refused.status, 403);
      assert.match(refused.body, /<Code>SignatureDoesNotMatch<\/Code>/);
      await notStored('browser/proxied/fetch');
      assert.equal((await it.fetch(url, { method: 'PUT', body: 'x' })).status, 200);
      assert.equal(await stored('browser/proxied/fetch'), 'x');
    });
  });

  test('the SDK over https, at once and in parts', async () => {
    const secure = { ...key, Protocol: 'https:' };
    const body = 'one line of the file\n'.repeat(150_000);
    await withRules([ruleFor(it.origin)], async () => {
      for (const [method, name] of [['putObject', 'small'], ['sliceUploadFile', 'large']]) {
        const params = { ...at, Key: `browser/proxied/${name}`, ChunkSize: 1 << 20, SliceSize: 1 };
        const { data, error } = await it.sdk(secure, method, params, body);
        assert.equal(data?.statusCode, 200, JSON.stringify(error));
        assert.ok((await stored(params.Key)) === body, 'every byte');
      }
    });
    const parts = await journal({ key: 'browser/proxied/large', method: 'PUT', count: 4 });
    assert.ok(parts.every((r) => r.verdict === 'accepted'));
  });
});

describe('a browser that does not', () => {
  const it = onPage(() => [proxy]);

  test('gets no further than the certificate', async () => {
    await withRules([ruleFor(it.origin)], async () => {
      assert.deepEqual(await it.fetch(presign('browser/proxied/untrusted'), { method: 'PUT', body: 'x' }), blocked);
      await notStored('browser/proxied/untrusted');
    });
  });
});
