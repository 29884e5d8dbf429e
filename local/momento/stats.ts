/** The methods that the server implements. */
export type RpcMethod =
  | 'Get'
  | 'GetWithHash'
  | 'GetBatch'
  | 'Set'
  | 'SetBatch'
  | 'SetIf'
  | 'SetIfHash'
  | 'Delete'
  | 'KeysExist'
  | 'Increment'
  | 'UpdateTtl'
  | 'ItemGetTtl'
  | 'ItemGetType'
  | 'CreateCache'
  | 'DeleteCache'
  | 'ListCaches'
  | 'FlushCache'
  | 'Ping';

/** What a server was asked since it started. */
export interface Stats {
  /** Calls of one method, faulty ones included; of all methods if left out. */
  calls(method?: RpcMethod): number;
  /** Starts counting calls from zero. What is known about keys stays. */
  reset(): void;
  /**
   * Keys that were written both conditionally (`SetIf`, `SetIfHash`) and plainly (`Set`, `SetBatch`, `Delete`), as
   * `cache/key`. Momento leaves undefined what such a key then holds, so there must be none. Attempts count, not
   * only successes.
   */
  mixedKeys(): string[];
}

/** How the service tells what it was asked. */
export interface StatsRecorder extends Stats {
  count(method: RpcMethod): void;
  wrote(way: 'conditionally' | 'plainly', cacheName: string, key: Uint8Array): void;
}

export function createStats(): StatsRecorder {
  const counts = new Map<RpcMethod, number>();
  const written = { conditionally: new Set<string>(), plainly: new Set<string>() };

  return {
    calls(method) {
      if (method !== undefined) return counts.get(method) ?? 0;
      return [...counts.values()].reduce((total, count) => total + count, 0);
    },
    reset: () => counts.clear(),
    mixedKeys: () => [...written.conditionally].filter((key) => written.plainly.has(key)),
    count: (method) => void counts.set(method, (counts.get(method) ?? 0) + 1),
    wrote: (way, cacheName, key) => void written[way].add(`${cacheName}/${Buffer.from(key).toString()}`),
  };
}
