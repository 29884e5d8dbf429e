/** What a cache key is made of. */
export interface KeyParts {
  readonly namespace: string;
  /** Name of the entity or collection. */
  readonly name: string;
  readonly kind: 'entry' | 'plain';
  /** What stands behind the name, still encoded: the key's values, or `generation:…`, `page:…`, `epoch`. */
  readonly rest: readonly string[];
}

/** Takes a cache key apart; see shared/map/cache-key.ts, which makes them. */
export function keyParts(key: string): KeyParts | undefined {
  const [, namespace, name, rest] = ENTRY.exec(key) ?? [];
  if (namespace !== undefined && name !== undefined && rest !== undefined) {
    return { namespace, name, kind: 'entry', rest: rest.split(':') };
  }
  const [, plainNamespace, plainName, plainRest] = PLAIN.exec(key) ?? [];
  if (plainNamespace === undefined || plainName === undefined || plainRest === undefined) return undefined;
  return { namespace: plainNamespace, name: plainName, kind: 'plain', rest: plainRest.split(':') };
}

/** The part of a key that tells entries of one entity apart, for people. Of a key of another form, the key. */
export function labelOf(key: string): string {
  const parts = keyParts(key);
  if (parts === undefined) return key;
  const shown = parts.rest.filter((part) => part !== '').map(decoded);
  return [...new Set(shown)].join(' / ');
}

/** Percent-encoded text as it was; whatever is not percent-encoded, as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const ENTRY = /^([A-Za-z0-9][\w.-]*):([^:@]+)@\d+:(.+)$/;
const PLAIN = /^\{([A-Za-z0-9][\w.-]*):([^:@]+)@\d+\}:(.+)$/;
