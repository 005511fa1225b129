// URLs that the SDK signs, used with fetch and axios.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import axios from 'axios';
import { api, bucket, clock, content, etag, host, notStored, port, region, sdk, stored, temporary } from './endpoint.mjs';

const at = { Bucket: bucket, Region: region };

// The two ways to get a URL: the returned string has the signature unencoded
// (`1;2`), that of the callback is partly encoded.
const ways = {
  returned: (cos, params) => cos.getObjectUrl(params),
  callback: (cos, params) =>
    new Promise((done, fail) => {
      cos.getObjectUrl(params, (error, data) => (error ? fail(error) : done(data.Url)));
    }),
};

// The hosts of a URL: the COS host, resolved to the emulator, or the emulator's
// address with path style, which the SDK signs without the bucket.
const domains = {
  'real name': { Domain: `{Bucket}.cos.{Region}.myqcloud.com:${port}` },
  'path style': { Domain: `${api}/{Bucket}` },
};

function tampered(url) {
  return url.replace(/q-signature=([0-9a-f]{39})([0-9a-f])/, (_, most, last) => `q-signature=${most}${last === '0' ? 1 : 0}`);
}

async function answerOf(response, status, code) {
  const body = await response.text();
  assert.equal(response.status, status, body);
  if (code) assert.ok(body.includes(`<Code>${code}</Code>`), body);
  return body;
}

for (const [way, url] of Object.entries(ways)) {
  for (const [where, domain] of Object.entries(domains)) {
    for (const [who, cred] of Object.entries({ permanent: {}, temporary })) {
      test(`fetch PUT: URL ${way}, ${where}, ${who} key`, async () => {
        const Key = `node/presigned/${way} ${where} ${who}/ü+&;=?#%41.bin`;
        const cos = sdk({ ...domain, ...cred });
        const params = { ...at, Key, Sign: true, Method: 'PUT', Expires: 3600 };
        const put = await url(cos, params);
        const body = content(Key, 70_000);

        await answerOf(await fetch(tampered(put), { method: 'PUT', body }), 403, 'SignatureDoesNotMatch');
        await notStored(Key);

        const response = await fetch(put, { method: 'PUT', body });
        assert.equal(await answerOf(response, 200), '');
        assert.equal(response.headers.get('etag'), etag(body));
        await stored(Key, body);

        await answerOf(await fetch(put), 403, 'SignatureDoesNotMatch');
        const get = await fetch(await url(cos, { ...params, Method: 'GET' }));
        assert.equal(get.status, 200);
        assert.ok(Buffer.from(await get.arrayBuffer()).equals(body));
      });
    }
  }
}

test('fetch PUT of a stream goes chunked', async () => {
  const body = content('fetch stream', 1_000_003);
  const url = sdk(domains['path style']).getObjectUrl({ ...at, Key: 'node/fetch-stream', Sign: true, Method: 'PUT' });
  const response = await fetch(url, { method: 'PUT', body: new Blob([body]).stream(), duplex: 'half' });
  await answerOf(response, 200);
  await stored('node/fetch-stream', body);
});

test('fetch PUT of a string stores the type that fetch adds', async () => {
  const url = sdk(domains['path style']).getObjectUrl({ ...at, Key: 'node/fetch-string', Sign: true, Method: 'PUT' });
  await answerOf(await fetch(url, { method: 'PUT', body: 'grüße' }), 200);
  const head = await sdk().headObject({ ...at, Key: 'node/fetch-string' });
  assert.equal(head.headers['content-type'], 'text/plain;charset=UTF-8');
});

// axios keeps a given Host header, so it can use the emulator's address with the
// COS host of the bucket.
const plain = axios.create({ validateStatus: () => true, maxRedirects: 0, headers: { Host: host } });

function aimed(url) {
  return url.replace(host, api);
}

test('axios PUT of a buffer and of a stream', async () => {
  const cos = sdk();
  for (const [Key, body, data] of [
    ['node/axios-buffer', content('axios', 70_000), (b) => b],
    ['node/axios-stream', content('axios stream', 1_000_003), (b) => Readable.from([b])],
  ]) {
    const url = cos.getObjectUrl({ ...at, Key, Sign: true, Method: 'PUT' });
    const refused = await plain.put(aimed(tampered(url)), data(body));
    assert.equal(refused.status, 403);
    assert.match(refused.data, /<Code>SignatureDoesNotMatch<\/Code>/);
    await notStored(Key);
    const { status, data: answer, headers } = await plain.put(aimed(url), data(body));
    assert.equal(status, 200, answer);
    assert.equal(headers.etag, etag(body));
    await stored(Key, body);
  }
});

test('a type that axios adds breaks a URL that signed another', async () => {
  const Key = 'node/axios-type';
  const url = sdk().getObjectUrl({ ...at, Key, Sign: true, Method: 'PUT', Headers: { 'Content-Type': 'text/csv' } });
  assert.match(url, /q-header-list=[^&]*content-type/);
  const object = await plain.put(aimed(url), { a: 1 }); // application/json
  assert.equal(object.status, 403, object.data);
  assert.match(object.data, /<Code>SignatureDoesNotMatch<\/Code>/);
  assert.match(object.data, /content-type=application%2Fjson/);
  await notStored(Key);
  const right = await plain.put(aimed(url), 'a,1', { headers: { 'Content-Type': 'text/csv' } });
  assert.equal(right.status, 200, right.data);
  await stored(Key, Buffer.from('a,1'));
});

test('a URL is over at its end, and good shortly before', async () => {
  const Key = 'node/expired';
  const url = sdk(domains['path style']).getObjectUrl({ ...at, Key, Sign: true, Method: 'PUT', Expires: 3600 });
  await clock('61m', async () => {
    const body = await answerOf(await fetch(url, { method: 'PUT', body: Buffer.from('late') }), 403, 'AccessDenied');
    assert.ok(body.includes('<Message>Request has expired</Message>'), body);
    assert.ok(body.includes('<ServerTime>'), body);
  });
  await notStored(Key);
  await clock('58m', async () => {
    await answerOf(await fetch(url, { method: 'PUT', body: Buffer.from('in time') }), 200);
  });
  await stored(Key, Buffer.from('in time'));
});
