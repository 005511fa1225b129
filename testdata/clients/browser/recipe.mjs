// Opens a recipe's page in Chromium, uploads a file through its form, and
// prints the text of the page: node recipe.mjs PAGE.
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { chromium } from 'playwright-core';
import { browserPath, flags } from './chromium.mjs';

const [page] = process.argv.slice(2);
const server = http.createServer(async (request, response) => {
  const sdk = request.url === '/cos-js-sdk-v5.min.js';
  response.setHeader('Content-Type', sdk ? 'text/javascript' : 'text/html');
  response.end(await readFile(sdk ? 'node_modules/cos-js-sdk-v5/dist/cos-js-sdk-v5.min.js' : page));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await chromium.launch({ executablePath: browserPath(), args: flags });
try {
  const tab = await browser.newPage();
  tab.on('pageerror', (error) => console.error(error));
  tab.on('console', (line) => console.error(line.text()));
  await tab.goto(`http://127.0.0.1:${server.address().port}/upload.html`);
  await tab.setInputFiles('#file', { name: 'cat.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  await tab.waitForFunction(() => document.getElementById('log').textContent.includes('fetch: '));
  process.stdout.write(await tab.textContent('#log'));
} finally {
  await browser.close();
  server.close();
}
