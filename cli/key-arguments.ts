import type { KeyValue } from '../shared/entry/item.ts';
import { numberFrom } from '../shared/entry/number.ts';
import type { AnyCollection, CollectionParams } from '../shared/map/collection.ts';
import type { AnyEntity } from '../shared/map/entity.ts';
import { rulesOf } from '../shared/map/key-pattern.ts';
import type { KeyParams } from '../shared/map/key-scheme.ts';
import { UsageError } from './errors.ts';

/** How a key is typed, for the help of the commands that take one. */
export const KEY_HELP = `
A key is given by its parameters in the cache map, each as name=value: text, a number, or a binary in base64, whichever
the map says. Where the map cannot say (a key made by a function, the parameters of a collection), name=value is text
and name:=value a number.`;

/**
 * The parameters of an entity.
 *
 * @param words as typed: `username=alice`
 * @throws {UsageError} for a word that is none, and a name that the entity does not have
 */
export function entityParams(entity: AnyEntity, words: readonly string[]): KeyParams {
  const { keyPatterns, name: entityName } = entity;
  const rules = keyPatterns === undefined ? undefined : rulesOf(keyPatterns, `entity '${entityName}'`);
  return paramsOf(words, ({ name, isNumber, text }): KeyValue => {
    const rule = rules?.find((candidate) => candidate.name === name);
    if (rules !== undefined && rule === undefined) {
      const names = rules.map((candidate) => candidate.name).join(', ');
      throw new UsageError(`The key of ${entityName} has no parameter "${name}": it has ${names}.`);
    }
    if (isNumber || rule?.kind === 'number') return exactNumber(name, text);
    return rule?.kind === 'binary' ? Buffer.from(text, 'base64') : text;
  });
}

/**
 * The parameters of a collection. The cache map does not name them, but its query reads them: one by another name would
 * be of a list that nobody asks for, and its pages look as if all were well.
 *
 * @throws {UsageError} for a word that is none, for a parameter that the query does not read, and one that it misses
 */
export function collectionParams(collection: AnyCollection, words: readonly string[]): CollectionParams {
  const params = paramsOf(words, ({ name, isNumber, text }) => (isNumber ? Number(exactNumber(name, text)) : text));
  const read = namesRead(collection, params);
  const unread = Object.keys(params).find((name) => !read.includes(name));
  if (unread !== undefined) {
    const names = read.length === 0 ? 'none' : read.join(', ');
    throw new UsageError(`The query of ${collection.name} reads no parameter "${unread}": it reads ${names}.`);
  }
  const missed = read.find((name) => params[name] === undefined);
  if (missed === undefined) return params;
  throw new UsageError(`The query of ${collection.name} reads the parameter "${missed}": give ${missed}=value.`);
}

function namesRead({ query }: AnyCollection, params: CollectionParams): readonly string[] {
  const names = new Set<string>();
  const watched = new Proxy(params, {
    get(target, name) {
      if (typeof name !== 'string') return undefined;
      names.add(name);
      return target[name];
    },
  });
  try {
    query(watched);
  } catch {
    // The user's code, which may throw for a parameter that is missing; if it throws for another reason, who asks sees it.
  }
  return [...names];
}

interface Word {
  readonly name: string;
  readonly isNumber: boolean;
  readonly text: string;
}

function paramsOf<Value>(words: readonly string[], read: (word: Word) => Value): Record<string, Value> {
  const params = new Map<string, Value>();
  for (const word of words) {
    const [, name, sign, text] = /^([^:=]+)(:?=)(.*)$/su.exec(word) ?? [];
    if (name === undefined || text === undefined) {
      throw new UsageError(`"${word}" is not a parameter: give name=value, as in username=alice.`);
    }
    if (params.has(name)) throw new UsageError(`The parameter "${name}" is given twice.`);
    params.set(name, read({ name, isNumber: sign === ':=', text }));
  }
  return Object.fromEntries(params);
}

function exactNumber(name: string, text: string) {
  const number = numberFrom(text);
  if (number !== undefined) return number;
  throw new UsageError(`The parameter "${name}" takes a number, as in ${name}=42.`);
}
