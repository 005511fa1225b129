// Tags of objects, set with an upload and later.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucket, notStored, refused, region, sdk } from './endpoint.mjs';

const at = { Bucket: bucket, Region: region };
const Key = 'node/tagged';
const cos = sdk();

const put = (tags) => cos.putObject({ ...at, Key, Body: 'tagged', Headers: { 'x-cos-tagging': tags } });
const list = (tags) => tags.map((t) => `${encodeURIComponent(t.Key)}=${encodeURIComponent(t.Value)}`).join('&');
const count = async () => (await cos.headObject({ ...at, Key })).headers['x-cos-tagging-count'];

test('tags come with an upload or after it, and are counted', async () => {
  const Tags = [
    { Key: 'a@b:c/d', Value: 'x:/@ y+z=1' },
    { Key: '团队', Value: '前端' },
  ];
  await put(list(Tags));
  assert.equal(await count(), '2');
  assert.deepEqual((await cos.getObjectTagging({ ...at, Key })).Tags, Tags);
  await cos.putObjectTagging({ ...at, Key, Tags: [Tags[0]] });
  assert.equal(await count(), '1');
  await cos.deleteObjectTagging({ ...at, Key });
  assert.equal(await count(), undefined);
  assert.deepEqual((await cos.getObjectTagging({ ...at, Key })).Tags, []);

  // As on the page: characters that need no escape in a query are not escaped.
  await put('a@b:c/d=x:/@');
  assert.deepEqual((await cos.getObjectTagging({ ...at, Key })).Tags, [{ Key: 'a@b:c/d', Value: 'x:/@' }]);
  await cos.deleteObject({ ...at, Key });
});

for (const name of ['qcs:owner', 'project', '项目', 'a,b']) {
  test(`a key that is refused: ${name}`, async () => {
    const Tags = [{ Key: name, Value: 'v' }];
    await refused(put(list(Tags)), 400, 'InvalidTag');
    await notStored(Key);
    await put('fine=v');
    await refused(cos.putObjectTagging({ ...at, Key, Tags }), 400, 'InvalidTag');
    assert.deepEqual((await cos.getObjectTagging({ ...at, Key })).Tags, [{ Key: 'fine', Value: 'v' }]);
    await cos.deleteObject({ ...at, Key });
  });
}
