import { type Metadata, status } from '@grpc/grpc-js';
import { RpcError } from './rpc.ts';
import type { Cache, MomentoStorage } from './storage.ts';

/** The cache that a call is about. */
export type OpenCache = Cache & { readonly name: string };

/** Finds the cache that a call's metadata names. What it returns throws {@link RpcError} where there is none. */
export function openCache(storage: MomentoStorage): (metadata: Metadata) => OpenCache {
  return (metadata) => {
    const name = String(metadata.get('cache')[0] ?? '');
    if (name === '') throw new RpcError(status.INVALID_ARGUMENT, 'the call names no cache');
    const cache = storage.cache(name);
    if (cache === undefined) throw noSuchCache(name);
    return { ...cache, name };
  };
}

export const noSuchCache = (name: string): RpcError =>
  new RpcError(status.NOT_FOUND, `there is no cache named ${name}`, 'cache_not_found');
