// Each test gets an account of its own: copy this file beside your tests.
// npm install cos-nodejs-sdk-v5; cosemu & node --test
// With Jest or Vitest: call newAccount() in beforeEach, and account.remove() in afterEach.
import COS from 'cos-nodejs-sdk-v5';

const base = 'http://' + (process.env.COSEMU_CONSOLE || '127.0.0.1:9001');

/** Makes a call of cosemu's control API: see /api/v1/openapi.json there. */
async function control(method, path, body) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const token = process.env.COSEMU_CONTROL_TOKEN;
  if (token) headers.Authorization = 'Bearer ' + token;
  const answer = await fetch(base + '/api/v1' + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** An account with a key pair, a bucket, a clock and requests of its own. The lease removes it if the test is killed. */
export async function newAccount(name) {
  const made = await control('POST', '/accounts', { name, ttl: '10m' });
  return {
    appid: made.appid,
    bucket: { Bucket: made.buckets[0], Region: made.region },
    cos: new COS({
      SecretId: made.secret_id, SecretKey: made.secret_key,
      Protocol: 'http:', Domain: made.endpoint.replace('http://', '') + '/{Bucket}',
    }),
    /** A call of the control API for this account alone. */
    control: (method, path, body) => control(method, path + (path.includes('?') ? '&' : '?') + 'account=' + made.appid, body),
    remove: () => control('DELETE', '/accounts/' + made.appid),
  };
}

/** The same for node:test: it is removed after the test t. */
export async function accountOf(t) {
  const account = await newAccount(t.name);
  t.after(account.remove);
  return account;
}
