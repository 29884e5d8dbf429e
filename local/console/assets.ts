import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

/** What the browser is given. */
export interface Assets {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

/**
 * Puts the page together from its sources and from what it uses of `node_modules`: one script and one style sheet, and
 * nothing from the network.
 */
export async function buildAssets(): Promise<Assets> {
  const [html, { outputFiles }] = await Promise.all([
    readFile(pathOf('index.html'), 'utf8'),
    build({
      entryPoints: [pathOf('main.ts'), pathOf('style.css')],
      // Where nothing is written, it only gives the files their names.
      outdir: pathOf('.'),
      write: false,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      logLevel: 'silent',
    }),
  ]);
  // Its process would stay for more to build.
  await stop();
  const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { html, script: text('.js'), style: text('.css') };
}

const pathOf = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url));
