// Runs unchanged programs with the emulator as their proxy, by three environment
// variables, as in the README.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { api, console_, key } from './endpoint.mjs';
import { file } from './files.mjs';

// proxied runs a script with args and returns the lines of JSON that it prints.
export async function proxied(t, script, args, credentials = key) {
  const answer = await fetch(`http://${console_}/ca.pem`);
  assert.equal(answer.status, 200);
  const ca = await file(t, Buffer.from(await answer.arrayBuffer()));
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HTTPS_PROXY: `http://${api}`,
    HTTP_PROXY: `http://${api}`,
    NODE_EXTRA_CA_CERTS: ca,
    SECRET_ID: credentials.SecretId,
    SECRET_KEY: credentials.SecretKey,
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...args], { env });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  assert.ok(lines.length > 0, stdout + stderr);
  return lines.map((line) => JSON.parse(line));
}
