import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of JavaScript in the folder of a built function, source maps left out. */
export interface BundleSize {
  /** Parsed at every start: the entry, and what it imports without being asked. */
  readonly atStart: number;
  /** With the chunks that are loaded only when a configuration or a request needs them. */
  readonly total: number;
}

/** @param folder of a function, as `npm run build` makes it: `dist/sync` */
export function bundleSize(folder: string): BundleSize {
  const files = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  const sizeOf = (name: string): number => statSync(join(folder, name)).size;
  const atStart = new Set<string>();
  const load = (name: string): void => {
    if (atStart.has(name)) return;
    atStart.add(name);
    for (const imported of staticImports(readFileSync(join(folder, name), 'utf8'))) load(imported);
  };
  load('index.mjs');
  return {
    atStart: [...atStart].reduce((bytes, name) => bytes + sizeOf(name), 0),
    total: files.reduce((bytes, name) => bytes + sizeOf(name), 0),
  };
}

/** Files that minified code imports by statements, `import{a}from"./b.mjs"`, and not by calls, `import("./b.mjs")`. */
const staticImports = (code: string): string[] =>
  [...code.matchAll(/(?:from|import)"\.\/([\w.-]+\.mjs)"/g)].map(([, name = '']) => name);
