import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testWithRedis } from '../support/redis.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command itself, as `npm run replay -- …` does. */
function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  // What is set where the tests run is not for the command: a key would send it to Momento.
  const { MOMENTO_API_KEY: _, MOMENTO_ENDPOINT: __, ...inherited } = process.env;
  const options = { cwd: ROOT, env: { ...inherited, ...environment }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['cli/main.ts', 'replay', ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

interface Document {
  records: { file: string; decision: string; reason: string; key: string | null }[];
  entries: { file: string; cacheKey: string; outcome: string; implied: string; agrees: boolean }[];
  totals: { files: number; records: number; batches: number; decisions: Record<string, number> };
  disagreements: unknown[];
  metrics: { name: string; unit: string; sum: number }[];
  quarantined: { file: string; number: number; reason: string }[];
}

async function replayed(...args: string[]): Promise<Run & { document: Document }> {
  const result = await run(['--json', ...args]);
  return { ...result, document: JSON.parse(result.stdout) };
}

// Each run starts a process; several at once share the two cores of a CI machine.
describe('npm run replay', { timeout: 90_000 }, () => {
  it('replays all samples over gRPC, and every entry agrees', async () => {
    const { code, stdout, stderr } = await run([]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Momento SDK over gRPC, embedded server');
    expect(stdout).toContain('08 order hot key changed 50 times');
    expect(stdout).toMatch(/1-49 {2}MODIFY {2}order +ORDER#order-1001 +coalesced/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^✓ \d+ files, \d+ records: all \d+ entries read back agree/);
  });

  it('writes neither colours nor control characters where nobody sees a terminal, and keeps to the width', async () => {
    const { stdout } = await run(['--store', 'memory', 'events/15*.json'], { COLUMNS: '80', FORCE_COLOR: '' });

    expect(stdout).toContain('USER#line\\nbreak');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('gives one JSON document that accounts for every record', async () => {
    const { code, document } = await replayed();
    const { records, entries, totals, disagreements, metrics, quarantined } = document;

    expect(code).toBe(0);
    expect(disagreements).toEqual([]);
    expect(records).toHaveLength(totals.records);
    expect(Object.values(totals.decisions).reduce((sum, count) => sum + count, 0)).toBe(totals.records);
    expect(entries.every(({ agrees }) => agrees)).toBe(true);
    expect(metrics).toContainEqual(expect.objectContaining({ name: 'Records', unit: 'Count', sum: totals.records }));
    expect(metrics).toContainEqual(expect.objectContaining({ name: 'PropagationDelay', unit: 'Milliseconds' }));
    expect(quarantined).toHaveLength(totals.decisions.quarantined ?? 0);
    // The samples show everything that can become of a record when nothing is wrong with the cache.
    expect(Object.keys(totals.decisions).sort()).toEqual([
      'absent',
      'coalesced',
      'no-entity',
      'prefilled',
      'quarantined',
      'refreshed',
      'skipped',
      'tombstoned',
      'unchanged',
    ]);
  });

  it('decides the same over the real SDK as in memory, and the same every time', async () => {
    const [momento, memory, again] = await Promise.all([
      replayed(),
      replayed('--store', 'memory'),
      replayed('--store', 'memory'),
    ]);

    expect(memory.document.records).toEqual(momento.document.records);
    expect(memory.document.entries).toEqual(momento.document.entries);
    expect(again.document).toEqual(memory.document);
  });

  // Redis expires by its own time, not by that of the events, so that some decisions are others than in memory.
  testWithRedis('agrees over a Redis that it starts', async () => {
    const { code, document } = await replayed('--store', 'redis');

    expect(code).toBe(0);
    expect(document.disagreements).toEqual([]);
    expect(document.totals.records).toBeGreaterThan(100);
  });

  it('agrees whatever the batches, and whatever the time', async () => {
    const runs = await Promise.all([
      replayed('--store', 'memory', '--batch-size', '1'),
      replayed('--store', 'memory', '--batch-size', '7'),
      replayed('--store', 'memory', '--wall-clock'),
      replayed('--store', 'memory', '--cold'),
    ]);

    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const [ones, sevens] = runs.map(({ document }) => document);
    expect(ones?.totals.batches).toBe(ones?.totals.records);
    expect(sevens?.totals.records).toBe(ones?.totals.records);
    const touched = (document?: Document) => [...new Set(document?.entries.map(({ cacheKey }) => cacheKey))].sort();
    expect(touched(sevens)).toEqual(touched(ones));
  });

  it('ends with 1 when an entry does not agree, and says which', async () => {
    // The rename between the two is left out: nothing told the cache of it.
    const { code, stdout } = await run(['events/01-user-inserted.json', 'events/12-projection-unchanged.json']);

    expect(code).toBe(1);
    expect(stdout).toContain('✗  user          USER#alice');
    expect(stdout).toContain('the events given skip a change of this item');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^✗ 2 files, 4 records: 1 of 3 entries/);
  });

  it('refuses a malformed file with one line that names it and the place, before anything is replayed', async () => {
    const path = join(folder, 'broken.json');
    await writeFile(path, '{\n  "Records": [\n    { "eventName": }\n  ]\n}\n');
    const { code, stdout, stderr } = await run(['events/01-user-inserted.json', path]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`replay: ${path}:3:20: not JSON: value expected\n`);
  });

  it('refuses options that it does not know with 2, and a pattern that nothing matches', async () => {
    const runs = await Promise.all([
      run(['--store', 'nowhere']),
      run(['--batch-size', '0']),
      run([join(folder, '*.no')]),
    ]);

    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
      [2, ''],
      [2, ''],
      [2, ''],
    ]);
    for (const { stderr } of runs) expect(stderr).toMatch(/^.+\n$/);
  });

  it('sets malformed records aside and goes on', async () => {
    const path = join(folder, 'malformed.json');
    await writeFile(path, JSON.stringify({ Records: [null, 5, {}, { eventName: 'INSERT' }] }));
    const { code, document } = await replayed('--store', 'memory', path);

    expect(code).toBe(0);
    expect(document.quarantined.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });

  it('prints no stack when its reader has seen enough', async () => {
    const { code, stdout, stderr } = await new Promise<Run>((resolve) => {
      const command = `'${process.execPath}' cli/main.ts replay --store memory | head -n 1`;
      const child = execFile('sh', ['-c', command], { cwd: ROOT }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Replaying \d+ files into memory\n$/);
  });
});
