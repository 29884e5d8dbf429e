import { readFile, stat } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { convertPathToPattern, glob } from 'tinyglobby';
import { isObject } from '../../shared/sync/record.ts';

/** One file of stream events: what Lambda would hand to the function, or several times that. */
export interface EventFile {
  /** As it was given, or relative to the working directory. */
  readonly path: string;
  /** What its name tells. */
  readonly story: string;
  /** Not checked: malformed records are for the function to deal with. */
  readonly records: readonly unknown[];
}

/** A file that cannot be replayed; the message is one line that names it and the place in it. */
export class EventFileError extends Error {
  override readonly name = 'EventFileError';
}

/**
 * Reads event files: in the order of the arguments, and by name within a pattern or a folder.
 *
 * @param patterns files, folders (their `*.json`) and globs; none means the samples in `events/`
 * @throws {EventFileError} for a pattern without a file, and for a file that is unreadable, not JSON, or not an event
 */
export async function readEventFiles(patterns: readonly string[], cwd = process.cwd()): Promise<EventFile[]> {
  const files: EventFile[] = [];
  for (const pattern of patterns.length === 0 ? [relative(cwd, SAMPLES) || '.'] : patterns) {
    for (const path of await filesOf(pattern, cwd)) files.push(await readEventFile(path, cwd));
  }
  return files;
}

const SAMPLES = fileURLToPath(new URL('../../events', import.meta.url));

async function filesOf(pattern: string, cwd: string): Promise<string[]> {
  // A name that exists is meant as it is, also where it reads as a glob.
  const there = await stat(resolve(cwd, pattern)).catch(() => undefined);
  if (there?.isFile()) return [pattern];
  const globbed = there?.isDirectory() ? `${convertPathToPattern(pattern)}/*.json` : pattern;
  const paths = await glob(globbed, { cwd, expandDirectories: false });
  if (paths.length > 0) return paths.sort();
  throw new EventFileError(
    there === undefined ? `${pattern}: there is no such file, and none that matches` : `${pattern}: holds no *.json`,
  );
}

async function readEventFile(path: string, cwd: string): Promise<EventFile> {
  const text = await readText(path, cwd);
  const event = parse(text, path);
  if (!isObject(event)) throw new EventFileError(`${path}:1:1: not a stream event: it is not an object`);
  if (!Array.isArray(event.Records)) {
    throw new EventFileError(`${path}:1:1: not a stream event: it has no list of "Records"`);
  }
  return { path, story: storyOf(path), records: event.Records };
}

async function readText(path: string, cwd: string): Promise<string> {
  try {
    const text = await readFile(resolve(cwd, path), 'utf8');
    return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new EventFileError(`${path}: cannot be read${code}`, { cause });
  }
}

const BYTE_ORDER_MARK = '\ufeff';

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column, problem } = firstProblem(text);
    throw new EventFileError(`${path}:${line}:${column}: not JSON: ${problem}`, { cause });
  }
}

/** `JSON.parse` tells the place of some errors only; a parser that is made for editors tells it of all. */
function firstProblem(text: string): { line: number; column: number; problem: string } {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  const before = text.slice(0, first?.offset ?? text.length).split('\n');
  return {
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    problem: first === undefined ? 'unexpected end' : inWords(printParseErrorCode(first.error)),
  };
}

/** `CommaExpected` as `comma expected`. */
const inWords = (code: string): string => code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

/** `events/08-order-hot-key-changed-50-times.json` tells `08 order hot key changed 50 times`. */
const storyOf = (path: string): string => basename(path, '.json').replaceAll('-', ' ');
