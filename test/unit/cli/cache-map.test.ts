import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCacheMap } from '../../../cli/cache-map.ts';
import { ConfigurationError } from '../../../shared/runtime/configuration-error.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-map-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  [
    'throws',
    'export const a = 1;\nexport default globalThis.nowhere.there;',
    /cannot be loaded: TypeError: .*:2:\d+\)$/,
  ],
  ['has a syntax error', 'export default {', /cannot be loaded: \w+: /],
  ['imports what is not there', "import './missing.js';", /cannot be loaded: .*missing\.js/],
  ['exports something else', 'export default 5;', /is not a cache map: export what defineCacheMap returns/],
])('refuses by one sentence a map that %s', async (_, text, sentence) => {
  const path = join(folder, 'map.js');
  await writeFile(path, text);

  await expect(loadCacheMap(path)).rejects.toThrow(ConfigurationError);
  await expect(loadCacheMap(path)).rejects.toThrow(sentence);
});
