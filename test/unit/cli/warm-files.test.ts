import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeCheckpointFile } from '../../../cli/checkpoint-file.ts';
import { UsageError } from '../../../cli/errors.ts';
import { checkpointKeeper } from '../../../cli/warm/checkpoint-keeper.ts';
import { readKeyFile } from '../../../cli/warm/key-file.ts';
import type { Checkpoint } from '../../../shared/warm/checkpoint.ts';
import { NOTHING } from '../../../shared/warm/tally.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warm-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a list of keys', () => {
  async function read(name: string, text: string) {
    await writeFile(join(folder, name), text);
    return readKeyFile(join(folder, name));
  }

  it('may be CSV as spreadsheets write it', async () => {
    const csv = '\uFEFFentity,username,count\r\nuser,alice,120\r\n"user","a, ""b""",3\r\n\r\n';

    expect(await read('hot.CSV', csv)).toEqual([
      { entity: 'user', username: 'alice', count: '120' },
      { entity: 'user', username: 'a, "b"', count: '3' },
    ]);
  });

  it('may be one JSON object to a line', async () => {
    expect(await read('hot.jsonl', '{"entity":"line","line":7}\n\n{"PK":"a","SK":"b"}\n')).toEqual([
      { entity: 'line', line: 7 },
      { PK: 'a', SK: 'b' },
    ]);
  });

  it.each([
    ['hot.jsonl', '{"PK":"a"}\n{"PK":"secret"', 'hot.jsonl line 2 is not a JSON object of texts and numbers'],
    ['hot.jsonl', '{"PK":{"S":"secret"}}', 'hot.jsonl line 1 is not a JSON object of texts and numbers'],
    ['hot.csv', 'entity,username\nuser,secret,1\n', 'hot.csv line 2 is not CSV as its header line says'],
  ])('is refused by the line at fault: %s %j', async (name, text, problem) => {
    const reading = read(name, text);

    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(problem);
    await expect(reading).rejects.not.toThrow('secret');
  });

  it('has to be there', async () => {
    await expect(readKeyFile(join(folder, 'none.csv'))).rejects.toThrow(UsageError);
  });
});

describe('the checkpoint of a run', () => {
  const checkpointAt = (keys: number): Checkpoint => ({ format: 1, of: 'test', position: { keys }, tally: NOTHING });

  it('is kept as of its last page, whatever was written on the way', async () => {
    const path = join(folder, 'checkpoint.json');
    const keeper = checkpointKeeper(path);
    for (let keys = 1; keys <= 50; keys++) keeper.take(checkpointAt(keys));

    expect(await keeper.keep()).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(checkpointAt(50));
  });

  it('is none before the first page', async () => {
    expect(await checkpointKeeper(join(folder, 'checkpoint.json')).keep()).toBe(false);
  });

  it('is gone when the run has finished, whatever is being written then', async () => {
    const keeper = checkpointKeeper(join(folder, 'checkpoint.json'), 0);
    keeper.take(checkpointAt(1));
    await keeper.discard();

    expect(await readdir(folder)).toEqual([]);
  });

  it('that cannot be written is told of at the end', async () => {
    const keeper = checkpointKeeper(join(folder, 'nowhere', 'checkpoint.json'));
    keeper.take(checkpointAt(1));

    await expect(keeper.keep()).rejects.toThrow(UsageError);
    await expect(keeper.keep()).rejects.toThrow('ENOENT');
  });

  it('that could not be written is told of before there is one, and the one that is there stays', async () => {
    const path = join(folder, 'checkpoint.json');
    await writeFile(path, 'as it was');
    await probeCheckpointFile(path);

    expect(await readdir(folder)).toEqual(['checkpoint.json']);
    expect(await readFile(path, 'utf8')).toBe('as it was');
    await expect(probeCheckpointFile(join(path, 'below'))).rejects.toThrow(UsageError);
  });
});
