// Tests uploads against cosemu in a container.
// First run `make image` in cosemu's repository.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import COS from 'cos-nodejs-sdk-v5';
import { GenericContainer, Wait } from 'testcontainers';

const bucket = { Bucket: 'test-1250000000', Region: 'ap-guangzhou' };
let cosemu, cos;

before(async () => {
  cosemu = await new GenericContainer('cosemu')
    .withEnvironment({ COSEMU_DATA: '' }) // in memory
    .withExposedPorts(9000, 9001)
    .withWaitStrategy(Wait.forHttp('/healthz', 9001))
    .start();
  cos = new COS({
    SecretId: 'AKIDcosemuLocalUseOnlyNotARealKey000',
    SecretKey: 'cosemuSecretForLocalTestsOnly000',
    Protocol: 'http:',
    // cosemu is the proxy, so the code keeps COS's addresses, and the container can
    // have any port.
    Proxy: `http://${cosemu.getHost()}:${cosemu.getMappedPort(9000)}`,
  });
});

after(() => cosemu?.stop());

// Calls the control API. /api/v1/openapi.json describes it.
async function control(path, options) {
  const answer = await fetch(`http://${cosemu.getHost()}:${cosemu.getMappedPort(9001)}/api/v1/${path}`, options);
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer;
}
const post = (body) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

beforeEach(() => control('reset', post()));

test('an upload is stored', async () => {
  await assert.rejects(cos.headObject({ ...bucket, Key: 'hello.txt' }), { statusCode: 404 });
  await cos.putObject({ ...bucket, Key: 'hello.txt', Body: 'hello' });
  await cos.headObject({ ...bucket, Key: 'hello.txt' });
});

test('an expired signature is refused; the SDK corrects its clock and signs again', async () => {
  await control('clock/advance', post('{"by":"1d"}'));
  await cos.putObject({ ...bucket, Key: 'hello.txt', Body: 'hello' });
  const { requests } = await (await control('requests?verdict=refused')).json();
  assert.deepEqual(requests.map(({ message }) => message), ['Request has expired']);
});
