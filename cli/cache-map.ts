import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CacheMap } from '../shared/map/cache-map.ts';
import type { AnyCollection } from '../shared/map/collection.ts';
import type { AnyEntity } from '../shared/map/entity.ts';
import { ConfigurationError } from '../shared/runtime/configuration-error.ts';
import { isObject } from '../shared/sync/record.ts';
import { UsageError } from './errors.ts';

/**
 * Loads the cache map that a file exports by default.
 *
 * @param path of a module, against the working directory
 * @throws {ConfigurationError} when there is none, or what it exports is not a cache map
 * @throws {MapDefinitionError} and whatever else the module throws
 */
export async function loadCacheMap(path: string): Promise<CacheMap> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new ConfigurationError(`There is no cache map at ${path}: name the file that defines yours with --map.`);
  }
  const module: unknown = await import(pathToFileURL(file).href);
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

/** Only {@link defineCacheMap} makes something of this form. */
function isCacheMap(value: unknown): value is CacheMap {
  return isObject(value) && Array.isArray(value.entities) && typeof value.match === 'function';
}
