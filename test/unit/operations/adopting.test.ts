import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const document = readFileSync(pathOf('docs/adopting.md'), 'utf8');
const samples = [...document.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
const files = samples.map((_, i) => `sample-${i + 1}.ts`);

/** Laid out like a project that uses the library: what the samples import is where they say. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'adopting-'));
  for (const name of ['cache.config.ts', 'functions', 'node_modules', 'package.json', 'shared']) {
    symlinkSync(pathOf(name), join(folder, name));
  }
  samples.forEach((code, i) => {
    writeFileSync(join(folder, `sample-${i + 1}.ts`), code);
  });
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: pathOf('tsconfig.json'), include: files }));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the samples of docs/adopting.md', () => {
  it('are there', () => {
    expect(samples.length).toBeGreaterThan(5);
  });

  it('compile', async () => {
    const { stdout } = await run(process.execPath, [pathOf('node_modules/typescript/bin/tsc'), '-p', folder], {
      cwd: folder,
    }).catch((error: { readonly stdout: string }) => error);

    expect(stdout).toBe('');
  }, 60_000);

  it.each(files)('%s runs', async (file) => {
    const environment = { ...process.env, TABLE_NAME: 'sample', CACHE_STORE: 'memory', AWS_REGION: 'eu-central-1' };
    const { stderr } = await run(process.execPath, [join(folder, file)], { env: environment });

    expect(stderr).toBe('');
  });
});
