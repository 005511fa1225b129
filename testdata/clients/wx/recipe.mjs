// Runs a recipe for Mini Programs with a stand-in for wx: node recipe.mjs PROGRAM.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeWx } from './wx.mjs';

const folder = await mkdtemp(join(tmpdir(), 'cosemu-'));
const tempFilePath = join(folder, 'picture.png');
await writeFile(tempFilePath, 'hello');

globalThis.wx = { ...makeWx('', []), chooseMedia: ({ success }) => success({ tempFiles: [{ tempFilePath }] }) };
globalThis.window = globalThis; // where the SDK's bundle would leave its export
const require = createRequire(import.meta.url);
require('cos-wx-sdk-v5');
delete globalThis.window;
require(resolve(process.argv[2]));
