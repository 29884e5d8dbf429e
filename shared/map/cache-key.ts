import type { KeyValue, PrimaryKey } from '../entry/item.ts';
import type { EntryKey, PlainKey } from '../store/port.ts';
import type { AnyCollection, CollectionParams } from './collection.ts';
import type { AnyEntity } from './entity.ts';
import { InvalidKeyError, InvalidNamespaceError } from './errors.ts';
import { hasExactly } from './key-scheme.ts';
import { encodeKeyValue } from './key-value.ts';

/*
 * Every part is percent-encoded, so that the separators `:`, `=`, `&` and the braces never stand in one: no two items
 * and no two parameter sets share a key. Names and the namespace are restricted to characters that need no encoding.
 *
 * The braces are Redis Cluster's hash tag. All keys of one collection share a slot, because a read takes epoch,
 * generation and page in one multi-get. Entry keys have none and spread over the cluster.
 */

/**
 * Cache key of an item: `<namespace>:<entity>@<version>:<partition>[:<sort>]`, made of the item's primary key in the
 * order of the definition, so that a read and a stream record always agree.
 *
 * @throws {InvalidKeyError} for a key that is not one of the entity's table
 * @throws {InvalidNamespaceError} for a namespace that is not usable
 */
export function entryKey(namespace: string, entity: AnyEntity, key: PrimaryKey): EntryKey {
  const { name, version, keyAttributes } = entity;
  const subject = `entity '${name}'`;
  if (!hasExactly(key, keyAttributes)) {
    throw new InvalidKeyError(subject, undefined, `a key must have exactly ${keyAttributes.join(' and ')}`);
  }
  let cacheKey = `${checkedNamespace(namespace)}:${name}@${version}`;
  for (const attribute of keyAttributes) cacheKey += `:${encodedValue(subject, attribute, key[attribute])}`;
  return cacheKey as EntryKey;
}

/**
 * Cache key of the generation of one parameter set.
 *
 * @throws {InvalidKeyError} for a parameter that is neither well-formed text nor a finite number
 * @throws {InvalidNamespaceError} for a namespace that is not usable
 */
export function generationKey(namespace: string, collection: AnyCollection, params: CollectionParams): PlainKey {
  return plainKey(namespace, collection, `generation:${encodedParams(collection, params)}`);
}

/**
 * Cache key of the epoch: one generation over all parameter sets of a collection.
 *
 * @throws {InvalidNamespaceError} for a namespace that is not usable
 */
export function epochKey(namespace: string, collection: AnyCollection): PlainKey {
  return plainKey(namespace, collection, 'epoch');
}

/**
 * Cache key of one page.
 *
 * @param page.limit items a page, where the reader asked for a number
 * @param page.cursor where the page begins; `undefined` for the first
 * @throws {InvalidKeyError} as {@link generationKey}, and for a limit that is not a positive whole number
 * @throws {InvalidNamespaceError} for a namespace that is not usable
 */
export function pageKey(
  namespace: string,
  collection: AnyCollection,
  params: CollectionParams,
  page: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): PlainKey {
  const { limit, cursor } = page;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new InvalidKeyError(subjectOf(collection), 'limit', 'must be a positive whole number');
  }
  const place = [
    ...(limit === undefined ? [] : [`limit=${limit}`]),
    ...(cursor === undefined ? [] : [`cursor=${encodedText(subjectOf(collection), 'cursor', cursor)}`]),
  ].join('&');
  return plainKey(namespace, collection, `page:${encodedParams(collection, params)}:${place}`);
}

/**
 * Answers the namespace if it is usable: 1 to 64 letters, digits, `-`, `_`, `.`, the first a letter or digit.
 *
 * @throws {InvalidNamespaceError}
 */
export function checkedNamespace(namespace: string): string {
  if (isNamespace(namespace)) return namespace;
  throw new InvalidNamespaceError(namespace);
}

/** Whether a text can be a namespace. */
export const isNamespace = (text: string): boolean => NAMESPACE.test(text);

const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const subjectOf = (collection: AnyCollection): string => `collection '${collection.name}'`;

function plainKey(namespace: string, collection: AnyCollection, rest: string): PlainKey {
  return `{${checkedNamespace(namespace)}:${collection.name}@${collection.version}}:${rest}` as PlainKey;
}

function encodedValue(subject: string, attribute: string, value: KeyValue | undefined): string {
  if (typeof value === 'string') {
    if (value === '')
      throw new InvalidKeyError(subject, undefined, `the key attribute '${attribute}' must not be empty`);
    return encodedText(subject, undefined, value);
  }
  const encoded = value === undefined ? undefined : encodeKeyValue(value);
  if (encoded === undefined) {
    throw new InvalidKeyError(
      subject,
      undefined,
      `the key attribute '${attribute}' is not a value that DynamoDB can store`,
    );
  }
  return encoded;
}

/** In the order of the names, and numbers marked: `1` and `'1'` are two parameter sets, as they are to the query. */
function encodedParams(collection: AnyCollection, params: CollectionParams): string {
  const subject = subjectOf(collection);
  return Object.keys(params)
    .sort()
    .map((name) => `${encodedText(subject, undefined, name)}=${encodedParam(subject, name, params[name])}`)
    .join('&');
}

function encodedParam(subject: string, name: string, value: unknown): string {
  if (typeof value === 'string') return encodedText(subject, name, value);
  if (typeof value === 'number' && Number.isFinite(value)) return `n=${encodeURIComponent(String(value))}`;
  throw new InvalidKeyError(subject, name, value === undefined ? 'is missing' : 'must be text or a finite number');
}

function encodedText(subject: string, parameter: string | undefined, text: string): string {
  if (!text.isWellFormed()) {
    throw new InvalidKeyError(
      subject,
      parameter,
      parameter === undefined
        ? 'holds text that is not well-formed (a lone surrogate)'
        : 'is not well-formed text (it holds a lone surrogate)',
    );
  }
  return encodeURIComponent(text);
}
