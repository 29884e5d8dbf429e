import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventFileError, readEventFiles } from '../../../../local/replay/read-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text = '{"Records": []}'): Promise<void> => writeFile(join(folder, name), text);
const pathsOf = async (...patterns: string[]) => (await readEventFiles(patterns, folder)).map(({ path }) => path);

/** The message of the error that a file with this text is refused with. */
async function refusalOf(text: string): Promise<string> {
  await write('event.json', text);
  const error: unknown = await readEventFiles(['event.json'], folder).catch((reason: unknown) => reason);
  if (!(error instanceof EventFileError)) throw new Error('the file was not refused');
  return error.message;
}

describe('event files', () => {
  it('are read by name within a pattern and in the order of the arguments', async () => {
    await Promise.all([write('b.json'), write('a.json'), write('c.json')]);

    expect(await pathsOf('[bc].json', 'a.json')).toEqual(['b.json', 'c.json', 'a.json']);
  });

  it('of a folder are its *.json', async () => {
    await mkdir(join(folder, 'events (1)'));
    await Promise.all([write('events (1)/b.json'), write('events (1)/a.json'), write('events (1)/notes.md', '#')]);

    expect(await pathsOf('events (1)')).toEqual(['events (1)/a.json', 'events (1)/b.json']);
  });

  it('may have names that read as a glob', async () => {
    await write('[draft].json');

    expect(await pathsOf('[draft].json')).toEqual(['[draft].json']);
  });

  it('default to the samples', async () => {
    const files = await readEventFiles([], process.cwd());

    expect(files.length).toBeGreaterThanOrEqual(16);
    expect(files[0]?.story).toMatch(/^01 [a-z ]+$/);
  });

  it('may begin with a byte order mark', async () => {
    await write('event.json', '\ufeff{"Records": [1]}');

    expect((await readEventFiles(['event.json'], folder))[0]?.records).toEqual([1]);
  });
});

describe('a file that is not one of events', () => {
  it.each([
    ['{\n  "Records": [\n    {"a": 1,}\n  ]\n}', 'event.json:3:13: not JSON: property name expected'],
    ['{"Records": [', 'event.json:1:14: not JSON: close bracket expected'],
    ['{\n"Records": nope}', 'event.json:2:12: not JSON: invalid symbol'],
    ['{\n"Records": "x\ny"}', 'event.json:2:12: not JSON: unexpected end of string'],
    ['', 'event.json:1:1: not JSON: value expected'],
    ['[1]', 'event.json:1:1: not a stream event: it is not an object'],
    ['{"records": []}', 'event.json:1:1: not a stream event: it has no list of "Records"'],
  ])('is refused with its name and the place in it: %j', async (text, message) => {
    expect(await refusalOf(text)).toBe(message);
  });

  it('is refused with its name where nothing matches', async () => {
    await expect(readEventFiles(['missing-*.json'], folder)).rejects.toThrow('missing-*.json: there is no such file');
    await expect(readEventFiles(['.'], folder)).rejects.toThrow('.: holds no *.json');
  });
});
