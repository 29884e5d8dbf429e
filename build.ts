/**
 * Bundles every function of template.yaml into dist/<function>/index.mjs, with source maps. What the code imports only
 * when it needs it, such as the client of each store, stands beside it in chunks: a function that uses Momento neither
 * reads nor parses the client of Redis when it starts.
 *
 * Everything is bundled, the AWS SDK included: the one in Lambda's runtime changes without notice, the one in
 * package-lock.json is the one that was tested.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import pLimit from 'p-limit';
import { bundleSize } from './local/bundles/size.ts';
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
const functions = readTemplate().functions.map(({ bundle }) => ({
  source: sourceOf(bundle),
  folder: `dist/${bundle}`,
}));
rmSync('dist', { recursive: true, force: true });

// One by one, because functions that are deployed apart cannot share chunks.
const limit = pLimit(4);
await Promise.all(functions.map((each) => limit(() => bundle(each))));

for (const { folder } of functions) {
  const { atStart, total } = bundleSize(folder);
  console.log(`${folder}  ${kilobytes(atStart)} at start, ${kilobytes(total)} in all`);
}

async function bundle({ source, folder }: (typeof functions)[number]): Promise<void> {
  await build({
    entryPoints: [{ in: source, out: 'index' }],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
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
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KB`;
}
