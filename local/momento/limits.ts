import { status } from '@grpc/grpc-js';
import { RpcError } from './rpc.ts';

/** Momento's limits for on-demand caches. */
export interface Limits {
  /** Largest item, in kilobytes of 1,024 bytes, key and value together. */
  readonly maxItemKb: number;
  /** Longest TTL, in seconds. */
  readonly maxTtlSeconds: number;
}

export const ON_DEMAND_LIMITS: Limits = { maxItemKb: 5 * 1024, maxTtlSeconds: 24 * 60 * 60 };

/** @throws {@link RpcError} for a key that is empty. */
export function assertKey(key: Uint8Array): void {
  if (key.byteLength === 0) throw new RpcError(status.INVALID_ARGUMENT, 'the key must not be empty');
}

/** @throws {@link RpcError} for a write that the service would not accept. */
export function assertItem(key: Uint8Array, value: Uint8Array, ttl: number, limits: Limits): void {
  assertKey(key);
  assertTtl(ttl, limits);
  if (key.byteLength + value.byteLength > limits.maxItemKb * 1024) {
    // The same status as throttling has: only the trailer tells them apart.
    throw new RpcError(status.RESOURCE_EXHAUSTED, 'a limit of the account is exceeded', 'item_size_limit_exceeded');
  }
}

/** @param ttl Milliseconds. */
export function assertTtl(ttl: number, limits: Limits): void {
  if (ttl <= 0) throw new RpcError(status.INVALID_ARGUMENT, 'the TTL must be greater than zero');
  if (ttl > limits.maxTtlSeconds * 1_000) {
    throw new RpcError(status.INVALID_ARGUMENT, `the TTL must not exceed ${limits.maxTtlSeconds} s`);
  }
}
