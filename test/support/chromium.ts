import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** Names under which Debian, other distributions and Google install it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where the browser is, or `undefined`. */
export const chromiumPath = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find(isExecutable);

if (chromiumPath === undefined && process.env.CI === 'true') {
  throw new Error('CI must not skip what needs a browser: install Chromium (apt-get install chromium)');
}
if (chromiumPath === undefined) console.warn('Skipped: these tests need Chromium, and there is none on the PATH');

/** `describe` for what needs a browser: skipped, and said so, without one; under CI a missing one is a failure. */
export const describeWithChromium = chromiumPath === undefined ? describe.skip : describe;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
