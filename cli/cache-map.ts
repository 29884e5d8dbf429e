import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CacheMap } from '../shared/map/cache-map.ts';
import type { AnyCollection } from '../shared/map/collection.ts';
import type { AnyEntity } from '../shared/map/entity.ts';
import { MapDefinitionError } from '../shared/map/errors.ts';
import { ConfigurationError } from '../shared/runtime/configuration-error.ts';
import { isObject } from '../shared/sync/record.ts';
import { UsageError } from './errors.ts';

/**
 * Loads the cache map that a file exports by default.
 *
 * @param path of a module, against the working directory
 * @throws {ConfigurationError} when there is none, it cannot be loaded, or what it exports is not a cache map
 * @throws {MapDefinitionError} when what it defines cannot work
 */
export async function loadCacheMap(path: string): Promise<CacheMap> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new ConfigurationError(`There is no cache map at ${path}: name the file that defines yours with --map.`);
  }
  const module = await load(file, path);
  const map = isObject(module) ? module.default : undefined;
  if (isCacheMap(map)) return map;
  throw new ConfigurationError(`${path} is not a cache map: export what defineCacheMap returns as its default.`);
}

/**
 * The entity or collection of a name.
 *
 * @throws {UsageError} that names those that there are
 */
export function memberNamed(map: CacheMap, name: string): AnyEntity | AnyCollection {
  const members = [...map.entities, ...map.collections];
  const found = members.find((member) => member.name === name);
  if (found !== undefined) return found;
  const names = members.map((member) => member.name).join(', ');
  throw new UsageError(`The cache map has no "${name}": it has ${names}.`);
}

/** Its own mistakes are whoever wrote it's to put right: they want to know where, and not how it came to be loaded. */
async function load(file: string, path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    if (cause instanceof MapDefinitionError) throw cause;
    const problem = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new ConfigurationError(`${path} cannot be loaded: ${problem}${placeOf(cause)}`, { cause });
  }
}

/** Where it went wrong: a syntax error names the place before its message, any other below. */
function placeOf(error: unknown): string {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  const frame = lines.find((line) => line.startsWith('    at ')) ?? '';
  const place =
    /^(\/.+:\d+)$/.exec(lines[0] ?? '') ?? /(?:\(|at |async )(?:file:\/\/)?(\/[^()]+:\d+:\d+)\)?$/.exec(frame);
  return place === null ? '' : ` (${place[1]})`;
}

/** Only {@link defineCacheMap} makes something of this form. */
function isCacheMap(value: unknown): value is CacheMap {
  return isObject(value) && Array.isArray(value.entities) && typeof value.match === 'function';
}
