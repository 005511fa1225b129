// Configurations of a bucket, set and read by the SDK.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucket, refused, region, sdk } from './endpoint.mjs';

const at = { Bucket: bucket, Region: region };
const cos = sdk();

test('where the bucket is, and that it has no versions', async () => {
  assert.equal((await cos.getBucketLocation(at)).LocationConstraint, region);
  const { VersioningConfiguration } = await cos.getBucketVersioning(at);
  assert.ok(!VersioningConfiguration?.Status);
});

test('CORS rules', async () => {
  assert.deepEqual((await cos.getBucketCors(at)).CORSRules, []);
  const rule = {
    ID: 'page',
    AllowedOrigins: ['https://example.com', 'http://*.example.com'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: '5',
  };
  assert.equal((await cos.putBucketCors({ ...at, CORSRules: [rule], ResponseVary: 'true' })).statusCode, 200);
  const got = await cos.getBucketCors(at);
  assert.deepEqual(got.CORSRules, [rule]);
  const refusedRule = { ...rule, AllowedMethods: ['PATCH'] };
  await refused(cos.putBucketCors({ ...at, CORSRules: [refusedRule] }), 400, 'InvalidRequest');
  assert.deepEqual((await cos.getBucketCors(at)).CORSRules, [rule]);
  assert.equal((await cos.deleteBucketCors(at)).statusCode, 204);
  assert.deepEqual((await cos.getBucketCors(at)).CORSRules, []);
});

test('tags', async () => {
  assert.deepEqual((await cos.getBucketTagging(at)).Tags, []);
  const Tags = [
    { Key: 'team', Value: '前端' },
    { Key: 'a b', Value: '' },
  ];
  assert.equal((await cos.putBucketTagging({ ...at, Tags })).statusCode, 204);
  assert.deepEqual((await cos.getBucketTagging(at)).Tags, Tags);
  await refused(cos.putBucketTagging({ ...at, Tags: [{ Key: 'a,b', Value: 'x' }] }), 400, 'InvalidTag');
  assert.equal((await cos.deleteBucketTagging(at)).statusCode, 204);
  assert.deepEqual((await cos.getBucketTagging(at)).Tags, []);
});

test('a policy', async () => {
  const statement = [
    {
      principal: { qcs: ['qcs::cam::uin/100000000001:uin/100000000011'] },
      effect: 'allow',
      action: ['name/cos:GetBucket'],
      resource: [`qcs::cos:${region}:uid/1250000000:${bucket}/*`],
    },
  ];
  await assert.rejects(cos.getBucketPolicy(at), { statusCode: 404 });
  assert.equal((await cos.putBucketPolicy({ ...at, Policy: { version: '2.0', statement } })).statusCode, 204);
  // PUT takes `statement`; GET answers `Statement`.
  assert.deepEqual((await cos.getBucketPolicy(at)).Policy, { version: '2.0', Statement: statement });
  await refused(cos.putBucketPolicy({ ...at, Policy: { version: '2.0', statement: [] } }), 400, 'MalformedPolicy');
  assert.equal((await cos.deleteBucketPolicy(at)).statusCode, 204);
  await assert.rejects(cos.getBucketPolicy(at), { statusCode: 404 });
});

test('a lifecycle', async () => {
  const Rules = [{ ID: '1', Status: 'Enabled', Filter: { Prefix: 'log/' }, Expiration: { Days: '10' } }];
  assert.deepEqual((await cos.getBucketLifecycle(at)).Rules, []);
  assert.equal((await cos.putBucketLifecycle({ ...at, Rules })).statusCode, 200);
  assert.deepEqual((await cos.getBucketLifecycle(at)).Rules, Rules);
  await refused(cos.putBucketLifecycle({ ...at, Rules: [{ ...Rules[0], Status: 'On' }] }), 400, 'MalformedXML');
  assert.equal((await cos.deleteBucketLifecycle(at)).statusCode, 204);
  assert.deepEqual((await cos.getBucketLifecycle(at)).Rules, []);
});

test('a referer list', async () => {
  const RefererConfiguration = {
    Status: 'Enabled',
    RefererType: 'White-List',
    DomainList: { Domains: ['*.example.com', 'example.com'] },
    EmptyReferConfiguration: 'Allow',
  };
  assert.equal((await cos.putBucketReferer({ ...at, RefererConfiguration })).statusCode, 200);
  const got = (await cos.getBucketReferer(at)).RefererConfiguration;
  assert.equal(got.Status, 'Enabled');
  assert.deepEqual(got.DomainList.Domains, ['*.example.com', 'example.com']);
  const off = { ...RefererConfiguration, Status: 'Disabled' };
  assert.equal((await cos.putBucketReferer({ ...at, RefererConfiguration: off })).statusCode, 200);
});
