// A page in Chromium with its own origin and the JavaScript SDK.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { browserPath, flags } from './chromium.mjs';
import { api } from './endpoint.mjs';

// The browser maps the COS hosts to the emulator's address and port, so a page
// uses the same URLs as with COS.
const mapped = [`--host-resolver-rules=MAP *.myqcloud.com ${api}`];

async function serve() {
  const sdk = await readFile(join(createRequire(import.meta.url).resolve('cos-js-sdk-v5/package.json'), '../dist/cos-js-sdk-v5.min.js'));
  const server = http.createServer((request, response) => {
    if (request.url === '/sdk.js') {
      response.setHeader('Content-Type', 'text/javascript; charset=utf-8').end(sdk);
    } else {
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end('<!doctype html><title>upload</title><script src="/sdk.js"></script>');
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

// onPage registers the browser's start and end with the test runner. The
// returned object has the page and its origin while tests run. Other flags than
// those that map names are what way gives.
export function onPage(way = () => mapped) {
  const it = {};
  let server;
  let browser;
  before(async () => {
    server = await serve();
    browser = await chromium.launch({ executablePath: browserPath(), args: [...flags, ...(await way())] });
    it.origin = `http://127.0.0.1:${server.address().port}`;
    it.page = await browser.newPage();
    await it.page.goto(it.origin);
    assert.equal(await it.page.evaluate(() => typeof COS), 'function', 'the SDK on the page');
  });
  after(async () => {
    await browser?.close();
    server?.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  // fetch calls fetch on the page and returns what the page can read.
  it.fetch = (url, options = {}) =>
    it.page.evaluate(
      async ({ url, options }) => {
        if (options.form) {
          const form = new FormData();
          for (const [name, value] of Object.entries(options.form)) form.append(name, value);
          form.append('file', new Blob([options.file]), 'file.txt');
          options.body = form;
        }
        try {
          const answer = await fetch(url, options);
          const headers = Object.fromEntries(answer.headers);
          return { status: answer.status, headers, body: await answer.text() };
        } catch (error) {
          return { error: error.name };
        }
      },
      { url, options },
    );
  // sdk calls a method of the SDK on the page. It returns the result or the
  // SDK's error.
  it.sdk = (credentials, method, params, body) =>
    it.page.evaluate(
      async ({ credentials, method, params, body }) => {
        const cos = new COS({ Protocol: 'http:', ...credentials });
        if (body !== undefined) params.Body = new Blob([body]);
        try {
          return { data: await cos[method](params) };
        } catch (error) {
          const { statusCode, code, message, RequestId } = error;
          return { error: { statusCode, code, message: message ?? String(error), RequestId } };
        }
      },
      { credentials, method, params, body },
    );
  return it;
}

// blocked is all that a page can read of an answer that the browser blocks.
export const blocked = { error: 'TypeError' };
