// What a page of another site can do to the emulator. With the published key
// pair any page could sign any request.
import assert from 'node:assert/strict';
import test, { before, beforeEach } from 'node:test';
import { api, at, key, notStored, owner, postForm, presign, ruleFor, stored, withRules } from './endpoint.mjs';
import { onPage } from './page.mjs';

const it = onPage(() => [`--host-resolver-rules=MAP *.myqcloud.com ${api},MAP rebound.example ${api}`]);
const port = api.slice(api.lastIndexOf(':') + 1);
// The host in the README's recipe for pages. For the browser it is another site
// than the page.
const local = `${at.Bucket}.localhost:${port}`;

// signed is a URL of the local host; its signature covers no host.
function signed(Key, Method, Query = {}) {
  return presign(Key, Method, { Query, ForceSignHost: false }).replace(/^http:\/\/[^/]+/, `http://${local}`);
}

// submit lets the page send a form and returns what the browser got.
async function submit(url, fields, { enctype = 'text/plain', file } = {}) {
  await it.page.evaluate(
    ({ url, fields, enctype, file }) => {
      const form = document.body.appendChild(document.createElement('form'));
      Object.assign(form, { method: 'POST', action: url, enctype });
      for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
      }
      if (file) {
        const input = Object.assign(document.createElement('input'), { type: 'file', name: 'file' });
        const data = new DataTransfer();
        data.items.add(new File([file], 'file.txt'));
        input.files = data.files;
        form.append(input);
      }
    },
    { url, fields, enctype, file },
  );
  const [answer] = await Promise.all([it.page.waitForNavigation(), it.page.evaluate(() => document.forms[0].submit())]);
  return { status: answer.status(), cause: answer.headers()['x-cosemu-diagnosis'] };
}

before(() => owner.putObject({ ...at, Key: 'browser/foreign/kept', Body: 'kept', ContentType: 'text/plain' }));
beforeEach(() => it.page.goto(it.origin));

test('a form of another site deletes nothing and appends nothing', async () => {
  const xml = '<Delete><Object><Key>browser/foreign/kept</Key></Object></Delete>';
  for (const [name, url, fields] of [
    ['delete', `http://${local}/?delete&${owner.getAuth({ Method: 'POST', Key: '', Query: { delete: '' } })}`, { [`${xml}<!--`]: '-->' }],
    ['append', signed('browser/foreign/log', 'POST', { append: '', position: '0' }), { line: '1' }],
  ]) {
    assert.deepEqual(await submit(url, fields), { status: 403, cause: 'cross-site' }, name);
    await it.page.goto(it.origin);
  }
  assert.equal(await stored('browser/foreign/kept'), 'kept');
  await notStored('browser/foreign/log');
});

test('nor does its fetch', async () => {
  const url = signed('browser/foreign/log', 'POST', { append: '', position: '0' });
  for (const mode of ['no-cors', 'cors']) {
    await it.fetch(url, { method: 'POST', mode, body: 'line' });
    await notStored('browser/foreign/log');
  }
  await withRules([ruleFor(it.origin)], async () => {
    assert.equal((await it.fetch(url, { method: 'POST', body: 'line' })).status, 200);
    assert.equal(await stored('browser/foreign/log'), 'line');
  });
  await owner.deleteObject({ ...at, Key: 'browser/foreign/log' });
});

test('a page of the same site may', async () => {
  const url = signed('browser/foreign/log', 'POST', { append: '', position: '0' });
  await it.page.goto(it.origin.replace('127.0.0.1', `${at.Bucket}.localhost`));
  assert.equal((await submit(url, { line: '1' })).status, 200);
  assert.match(await stored('browser/foreign/log'), /^line=1/);
  await owner.deleteObject({ ...at, Key: 'browser/foreign/log' });
});

test('a POST Object form of another site is stored', async () => {
  const Key = 'browser/foreign/form';
  const got = await submit(`http://${local}/`, postForm(Key), { enctype: 'multipart/form-data', file: 'by a form' });
  assert.equal(got.status, 200, JSON.stringify(got));
  assert.equal(await stored(Key), 'by a form');
});

test('a link of another site is refused, the address bar is not', async () => {
  const url = signed('browser/foreign/kept', 'GET');
  await it.page.evaluate((url) => {
    document.body.append(Object.assign(document.createElement('a'), { href: url, id: 'link' }));
  }, url);
  const [answer] = await Promise.all([it.page.waitForNavigation(), it.page.evaluate(() => document.getElementById('link').click())]);
  assert.equal(answer.status(), 403);
  assert.equal(answer.headers()['x-cosemu-diagnosis'], 'cross-site');
  assert.equal((await it.page.goto(url)).status(), 200);
});

test('a name that was made to resolve to the emulator reads nothing', async () => {
  const target = signed('browser/foreign/kept', 'GET').replace(/^http:\/\/[^/]+/, '');
  const rebound = await it.page.goto(`http://rebound.example/${at.Bucket}${target}`);
  assert.equal(rebound.status(), 403);
  assert.equal(rebound.headers()['x-cosemu-diagnosis'], 'host');
  assert.match(await rebound.text(), /--aliases/);
  const address = await it.page.goto(`http://${api}/${at.Bucket}${target}`);
  assert.equal(address.status(), 200);
});

test('the recipe of the README: the SDK on a page, under <bucket>.localhost', async () => {
  const client = { ...key, Domain: `{Bucket}.localhost:${port}` };
  const body = 'one line of the file\n'.repeat(150_000);
  await withRules([ruleFor(it.origin)], async () => {
    for (const [method, name] of [['putObject', 'small'], ['sliceUploadFile', 'large']]) {
      const params = { ...at, Key: `browser/foreign/${name}`, ChunkSize: 1 << 20, SliceSize: 1 };
      const { data, error } = await it.sdk(client, method, params, body);
      assert.equal(data?.statusCode, 200, JSON.stringify(error));
      assert.ok((await stored(params.Key)) === body, 'every byte');
    }
  });
});
