import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SOME = ['sync', 'hit', 'scale'];

it('the benchmark of the engine measures what it says, with figures everywhere', { timeout: 150_000 }, async () => {
  const command = ['bench/main.ts', 'engine', ...SOME, '--quick', '--json', '--seed', '7'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 140_000 });
  const { environment, reports } = JSON.parse(stdout);

  expect(environment).toMatchObject({ node: process.version, seed: 7, quick: true });
  expect(reports.map(({ part }: { part: string }) => part)).toEqual(SOME);
  for (const { tables, targets } of reports) {
    for (const { columns, rows } of tables) {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toHaveLength(columns.length + 1);
      expect(rows.flat().filter((cell: unknown) => typeof cell === 'number' && !(cell > 0))).toEqual([]);
    }
    // JSON has no NaN: a figure that could not be computed is null here.
    for (const { measured } of targets) {
      expect(Object.values(measured).every((figure) => typeof figure === 'number')).toBe(true);
    }
  }
});
