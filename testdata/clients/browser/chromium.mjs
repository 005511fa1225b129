// Finds and starts Chromium.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// browserPath is COSEMU_CHROMIUM, or the Chromium in PATH.
export function browserPath() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const all = process.env.PATH.split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)));
  const found = [process.env.COSEMU_CHROMIUM, ...all].find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  assert.ok(found, 'no Chromium: install it, or say in COSEMU_CHROMIUM where it is');
  return found;
}
