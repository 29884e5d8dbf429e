import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import * as v from 'valibot';
import { type KeyRow, KeyRowSchema } from '../../shared/warm/key-rows.ts';
import { UsageError } from '../errors.ts';

/**
 * Reads a list of keys: a CSV file with a header line if its name ends in `.csv`, else one JSON object to a line.
 *
 * @throws {UsageError} that names the line, when the file is not there or not in its form; a value is never quoted
 */
export async function readKeyFile(path: string): Promise<KeyRow[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`There is no list of keys at ${path}: name a file that can be read.`, { cause });
  }
  return /\.csv$/i.test(path) ? fromCsv(text, path) : fromJsonLines(text, path);
}

function fromCsv(text: string, path: string): KeyRow[] {
  try {
    const rows: unknown = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
    return v.parse(v.array(KeyRowSchema), rows);
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause.lines === 'number' ? ` line ${cause.lines}` : '';
    throw new UsageError(`${path}${line} is not CSV as its header line says: ${cause.code}.`, { cause });
  }
}

function fromJsonLines(text: string, path: string): KeyRow[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const row = v.safeParse(KeyRowSchema, parsed(line));
    if (row.success) return [row.output];
    throw new UsageError(`${path} line ${i + 1} is not a JSON object of texts and numbers.`);
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
