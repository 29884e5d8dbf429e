import { cache_client as ping_client } from '@gomomento/generated-types/dist/cacheping.js';
import { control_client } from '@gomomento/generated-types/dist/controlclient.js';
import { status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Limits } from './limits.ts';
import { noSuchCache } from './open-cache.ts';
import { type RpcContext, RpcError, unary } from './rpc.ts';
import type { MomentoStorage } from './storage.ts';

/** The control plane: the caches themselves. */
export function controlService(
  storage: MomentoStorage,
  limits: Limits,
  context: RpcContext,
): UntypedServiceImplementation {
  return {
    CreateCache: unary('CreateCache', context, ({ cache_name }: control_client._CreateCacheRequest) => {
      if (cache_name === '') throw new RpcError(status.INVALID_ARGUMENT, 'a cache needs a name');
      if (!storage.create(cache_name)) {
        throw new RpcError(status.ALREADY_EXISTS, `there is a cache named ${cache_name} already`);
      }
      return new control_client._CreateCacheResponse();
    }),

    DeleteCache: unary('DeleteCache', context, ({ cache_name }: control_client._DeleteCacheRequest) => {
      if (!storage.remove(cache_name)) throw noSuchCache(cache_name);
      return new control_client._DeleteCacheResponse();
    }),

    ListCaches: unary('ListCaches', context, () => {
      const cache_limits = new control_client._CacheLimits({
        max_item_size_kb: limits.maxItemKb,
        max_ttl_seconds: limits.maxTtlSeconds,
      });
      const cache = storage.names().map((cache_name) => new control_client._Cache({ cache_name, cache_limits }));
      return new control_client._ListCachesResponse({ cache });
    }),

    FlushCache: unary('FlushCache', context, ({ cache_name }: control_client._FlushCacheRequest) => {
      const cache = storage.cache(cache_name);
      if (cache === undefined) throw noSuchCache(cache_name);
      cache.flush();
      return new control_client._FlushCacheResponse();
    }),
  };
}

/** Answers that the server is there. */
export function pingService(context: RpcContext): UntypedServiceImplementation {
  return { Ping: unary('Ping', context, () => new ping_client._PingResponse()) };
}
