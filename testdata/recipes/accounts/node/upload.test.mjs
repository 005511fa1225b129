import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountOf } from './account.mjs';

describe('uploads', { concurrency: true }, () => {
  for (let n = 0; n < 8; n++) {
    it(`upload ${n}`, async (t) => {
      const { cos, bucket } = await accountOf(t);
      await cos.putObject({ ...bucket, Key: 'photo.jpg', Body: `${n}` });
      const listed = await cos.getBucket(bucket);
      assert.deepEqual(listed.Contents.map((o) => o.Key), ['photo.jpg']); // and nothing of another test
    });
  }

  it('an expired URL', async (t) => {
    const { cos, bucket, control } = await accountOf(t);
    const url = cos.getObjectUrl({ ...bucket, Key: 'photo.jpg', Method: 'PUT', Sign: true, Expires: 60 });
    assert.equal((await fetch(url, { method: 'PUT', body: 'in time' })).status, 200);
    await control('POST', '/clock/advance', { by: '2m' }); // of this account alone
    assert.equal((await fetch(url, { method: 'PUT', body: 'late' })).status, 403);
    const found = await control('GET', '/requests/wait?diagnosis=expired');
    assert.equal(found.requests[0].key, 'photo.jpg');
  });
});
