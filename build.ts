/**
 * Bundles every function of template.yaml into dist/<function>/index.mjs, with a source map beside it.
 *
 * Everything is bundled, the AWS SDK included: the one in Lambda's runtime changes without notice, the one in
 * package-lock.json is the one that was tested.
 */
import { rmSync, statSync } from 'node:fs';
import { build } from 'esbuild';
import { sourceOf } from './local/template/source.ts';
import { readTemplate } from './local/template/template.ts';

/** The runtime of the template: `nodejs24.x`. */
const TARGET = 'node24';

/**
 * CommonJS dependencies (gRPC, the X-Ray SDK) call `require`, which an ES module does not have; some also look at
 * `__filename` and `__dirname`. The names are unlikely ones because the banner shares its scope with the bundle.
 */
const BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { dirname as __pathDirname } from 'node:path';",
  "import { fileURLToPath as __urlToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __urlToPath(import.meta.url);',
  'const __dirname = __pathDirname(__filename);',
].join('');

// All sources are looked up before anything is removed.
const entryPoints = readTemplate().functions.map(({ bundle }) => ({ in: sourceOf(bundle), out: `${bundle}/index` }));
rmSync('dist', { recursive: true, force: true });

await build({
  // One call for all: what they share is read and parsed once.
  entryPoints,
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  sourcemap: true,
  // The sources themselves are in git; in the map they would be most of what is deployed.
  sourcesContent: false,
  format: 'esm',
  platform: 'node',
  target: TARGET,
  // Packages that ship both are smaller and faster to load as ES modules.
  mainFields: ['module', 'main'],
  banner: { js: BANNER },
  legalComments: 'none',
  logLevel: 'warning',
});

for (const { out } of entryPoints) {
  console.log(`dist/${out}.mjs  ${(statSync(`dist/${out}.mjs`).size / 1024).toFixed(0)} KB`);
}
