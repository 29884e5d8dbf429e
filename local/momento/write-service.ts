import { cache_client } from '@gomomento/generated-types/dist/cacheclient.js';
import { status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { hashOf, mayStore, mayStoreByHash } from './conditions.ts';
import { assertItem, assertKey, assertTtl, type Limits } from './limits.ts';
import { type OpenCache, openCache } from './open-cache.ts';
import { type RpcContext, RpcError, streaming, unary } from './rpc.ts';
import type { MomentoStorage } from './storage.ts';

const { Ok, Invalid } = cache_client.ECacheResult;

/** The methods of the data plane that write. */
export function writeService(
  storage: MomentoStorage,
  limits: Limits,
  context: RpcContext,
): UntypedServiceImplementation {
  const open = openCache(storage);
  const { stats } = context;

  function setPlainly(cache: OpenCache, { cache_key, cache_body, ttl_milliseconds }: cache_client._SetRequest): void {
    assertItem(cache_key, cache_body, ttl_milliseconds, limits);
    stats.wrote('plainly', cache.name, cache_key);
    cache.set(cache_key, cache_body, ttl_milliseconds);
  }

  /** What both conditional writes have in common; says whether it stored. */
  function setIf(
    cache: OpenCache,
    request: cache_client._SetIfRequest | cache_client._SetIfHashRequest,
    isAllowed: (found: Uint8Array | undefined) => boolean,
  ): boolean {
    const { cache_key, cache_body, ttl_milliseconds } = request;
    assertItem(cache_key, cache_body, ttl_milliseconds, limits);
    stats.wrote('conditionally', cache.name, cache_key);
    if (!isAllowed(cache.get(cache_key)?.value)) return false;
    cache.set(cache_key, cache_body, ttl_milliseconds);
    return true;
  }

  return {
    Set: unary('Set', context, (request: cache_client._SetRequest, metadata) => {
      setPlainly(open(metadata), request);
      return new cache_client._SetResponse({ result: Ok });
    }),

    SetBatch: streaming('SetBatch', context, ({ items }: cache_client._SetBatchRequest, metadata) => {
      const cache = open(metadata);
      return items.map((request) => {
        try {
          setPlainly(cache, request);
          return new cache_client._SetResponse({ result: Ok });
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          // A batch is not atomic: each item has a result of its own.
          return new cache_client._SetResponse({ result: Invalid, message: error.message });
        }
      });
    }),

    SetIf: unary('SetIf', context, (request: cache_client._SetIfRequest, metadata) => {
      const stored = setIf(open(metadata), request, (found) => mayStore(request, found));
      return new cache_client._SetIfResponse(
        stored
          ? { stored: new cache_client._SetIfResponse._Stored() }
          : { not_stored: new cache_client._SetIfResponse._NotStored() },
      );
    }),

    SetIfHash: unary('SetIfHash', context, (request: cache_client._SetIfHashRequest, metadata) => {
      const stored = setIf(open(metadata), request, (found) => mayStoreByHash(request, found));
      const new_hash = hashOf(request.cache_body);
      return new cache_client._SetIfHashResponse(
        stored
          ? { stored: new cache_client._SetIfHashResponse._Stored({ new_hash }) }
          : { not_stored: new cache_client._SetIfHashResponse._NotStored() },
      );
    }),

    Delete: unary('Delete', context, ({ cache_key }: cache_client._DeleteRequest, metadata) => {
      const cache = open(metadata);
      assertKey(cache_key);
      stats.wrote('plainly', cache.name, cache_key);
      cache.delete(cache_key);
      return new cache_client._DeleteResponse();
    }),

    Increment: unary('Increment', context, (request: cache_client._IncrementRequest, metadata) => {
      const cache = open(metadata);
      const found = cache.get(request.cache_key)?.value;
      const value = (found === undefined ? 0 : asInteger(found)) + request.amount;
      const body = Buffer.from(String(value));
      assertItem(request.cache_key, body, request.ttl_milliseconds, limits);
      cache.set(request.cache_key, body, request.ttl_milliseconds);
      return new cache_client._IncrementResponse({ value });
    }),

    UpdateTtl: unary('UpdateTtl', context, (request: cache_client._UpdateTtlRequest, metadata) => {
      const cache = open(metadata);
      assertKey(request.cache_key);
      const update = ttlUpdate(request);
      assertTtl(update.ttl, limits);
      const found = cache.get(request.cache_key);
      if (found === undefined) {
        return new cache_client._UpdateTtlResponse({ missing: new cache_client._UpdateTtlResponse._Missing() });
      }
      if (!update.appliesTo(found.remainingTtl)) {
        return new cache_client._UpdateTtlResponse({ not_set: new cache_client._UpdateTtlResponse._NotSet() });
      }
      cache.set(request.cache_key, found.value, update.ttl);
      return new cache_client._UpdateTtlResponse({ set: new cache_client._UpdateTtlResponse._Set() });
    }),
  };
}

function asInteger(value: Uint8Array): number {
  const text = Buffer.from(value).toString();
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new RpcError(status.FAILED_PRECONDITION, 'the value is not an integer');
}

interface TtlUpdate {
  /** Milliseconds. */
  readonly ttl: number;
  readonly appliesTo: (remaining: number) => boolean;
}

function ttlUpdate(request: cache_client._UpdateTtlRequest): TtlUpdate {
  switch (request.update_ttl) {
    case 'overwrite_to_milliseconds':
      return { ttl: request.overwrite_to_milliseconds, appliesTo: () => true };
    case 'increase_to_milliseconds': {
      const ttl = request.increase_to_milliseconds;
      return { ttl, appliesTo: (remaining) => ttl > remaining };
    }
    case 'decrease_to_milliseconds': {
      const ttl = request.decrease_to_milliseconds;
      return { ttl, appliesTo: (remaining) => ttl < remaining };
    }
    case 'none':
      throw new RpcError(status.INVALID_ARGUMENT, 'an UpdateTtl needs a TTL');
  }
}
