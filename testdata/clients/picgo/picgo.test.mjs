// The unchanged picgo command with COS hosts and the emulator as its proxy. Its
// requests have absolute-form targets.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import COS from 'cos-nodejs-sdk-v5';

function required(name) {
  const value = process.env[name];
  // Fail and do not skip, so that a run without tests does not pass.
  assert.ok(value, `${name} is not set: start this suite with ../run picgo`);
  return value;
}

const api = required('COSEMU_API'); // host:port
const console_ = required('COSEMU_CONSOLE');
const at = { Bucket: required('COSEMU_BUCKET'), Region: required('COSEMU_REGION') };
const host = `${at.Bucket}.cos.${at.Region}.myqcloud.com`;
const key = { SecretId: required('COSEMU_SECRET_ID'), SecretKey: required('COSEMU_SECRET_KEY') };
const owner = new COS({ ...key, Ip: api, Protocol: 'http:' });
const command = join(dirname(createRequire(import.meta.url).resolve('picgo')), '..', 'bin', 'picgo');

// A valid picture of one pixel, since picgo reads its size.
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

// upload runs "picgo upload" on files of these names and returns its output.
async function upload(t, names, options = {}) {
  const home = await mkdtemp(join(tmpdir(), 'cosemu-'));
  t.after(() => rm(home, { recursive: true }));
  const files = names.map((name) => join(home, name));
  for (const file of files) await writeFile(file, pixel);
  const config = join(home, 'config.json');
  const tcyun = {
    version: 'v5',
    secretId: key.SecretId,
    secretKey: key.SecretKey,
    bucket: at.Bucket,
    appId: at.Bucket.split('-').pop(),
    area: at.Region,
    path: 'picgo/',
    ...options,
  };
  await writeFile(config, JSON.stringify({ picBed: { uploader: 'tcyun', current: 'tcyun', proxy: `http://${api}`, tcyun }, picgoPlugins: {} }));
  const env = { ...process.env, HOME: home };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, '--config', config, 'upload', ...files], { env, cwd: home });
  return stdout + stderr;
}

async function stored(Key) {
  const { Body, headers } = await owner.getObject({ ...at, Key });
  assert.ok(pixel.equals(Body), Key);
  return headers;
}

async function notStored(Key) {
  await assert.rejects(owner.headObject({ ...at, Key }), { statusCode: 404 });
}

// journal returns the uploads of Key, oldest first.
async function journal(Key, count = 1) {
  const url = new URL(`http://${console_}/api/v1/requests/wait`);
  for (const [name, value] of Object.entries({ key: Key, method: 'PUT', count })) url.searchParams.set(name, value);
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url.search);
  return (await answer.json()).requests.reverse();
}

test('a picture through the proxy', async (t) => {
  const printed = await upload(t, ['图 1+a&b.gif']);
  assert.ok(printed.includes(`https://${host}/picgo/${encodeURIComponent('图 1+a&b.gif')}`), printed);
  assert.equal((await stored('picgo/图 1+a&b.gif'))['content-type'], 'image/gif');
  const [entry] = await journal('picgo/图 1+a&b.gif');
  assert.equal(entry.host, host);
  assert.match(entry.request.headers['User-Agent'][0], /^PicGo;/);
});

test('several pictures at once', async (t) => {
  const printed = await upload(t, ['a.gif', 'b.gif', 'c.gif'], { path: 'picgo/many/' });
  for (const name of ['a', 'b', 'c']) {
    assert.ok(printed.includes(`https://${host}/picgo/many/${name}.gif`), printed);
    await stored(`picgo/many/${name}.gif`);
  }
});

test('an endpoint with a port, which it signs with the colon as it is', async (t) => {
  const endpoint = `cos.${at.Region}.myqcloud.com:8080`;
  await upload(t, ['port.gif'], { endpoint });
  await stored('picgo/port.gif');
  const [entry] = await journal('picgo/port.gif');
  assert.equal(entry.host, `${at.Bucket}.${endpoint}`);
});

test('a wrong secret: picgo shows the code, nothing is stored', async (t) => {
  const printed = await upload(t, ['wrong.gif'], { secretKey: `${key.SecretKey}x` });
  assert.match(printed, /statusCode: 403/);
  assert.match(printed, /<Code>SignatureDoesNotMatch<\/Code>/);
  assert.match(printed, /<RequestId>/);
  await notStored('picgo/wrong.gif');
  const [entry] = await journal('picgo/wrong.gif');
  assert.deepEqual([entry.verdict, entry.code], ['refused', 'SignatureDoesNotMatch']);
});

test('another region, and a bucket that is not there', async (t) => {
  const area = at.Region === 'ap-beijing' ? 'ap-chengdu' : 'ap-beijing';
  assert.match(await upload(t, ['region.gif'], { area }), /<Code>NoSuchBucket<\/Code>/);
  const bucket = `absent-${at.Bucket.split('-').pop()}`;
  assert.match(await upload(t, ['region.gif'], { bucket }), /<Code>NoSuchBucket<\/Code>/);
  await notStored('picgo/region.gif');
  await upload(t, ['region.gif']);
  await stored('picgo/region.gif');
});
