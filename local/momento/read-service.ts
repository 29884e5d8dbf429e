import { cache_client } from '@gomomento/generated-types/dist/cacheclient.js';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { hashOf } from './conditions.ts';
import { assertKey } from './limits.ts';
import { type OpenCache, openCache } from './open-cache.ts';
import { type RpcContext, streaming, unary } from './rpc.ts';
import type { Item, MomentoStorage } from './storage.ts';

const { Hit, Miss } = cache_client.ECacheResult;

/** The methods of the data plane that change nothing. */
export function readService(storage: MomentoStorage, context: RpcContext): UntypedServiceImplementation {
  const open = openCache(storage);
  return {
    Get: unary('Get', context, (request: cache_client._GetRequest, metadata) => answer(find(open(metadata), request))),

    GetBatch: streaming('GetBatch', context, ({ items }: cache_client._GetBatchRequest, metadata) => {
      const cache = open(metadata);
      return items.map((request) => answer(find(cache, request)));
    }),

    GetWithHash: unary('GetWithHash', context, (request: cache_client._GetWithHashRequest, metadata) => {
      const found = find(open(metadata), request);
      if (found === undefined) {
        return new cache_client._GetWithHashResponse({ missing: new cache_client._GetWithHashResponse._Missing() });
      }
      const { value } = found;
      return new cache_client._GetWithHashResponse({
        found: new cache_client._GetWithHashResponse._Found({ value, hash: hashOf(value) }),
      });
    }),

    KeysExist: unary('KeysExist', context, ({ cache_keys }: cache_client._KeysExistRequest, metadata) => {
      const cache = open(metadata);
      const exists = cache_keys.map((cache_key) => find(cache, { cache_key }) !== undefined);
      return new cache_client._KeysExistResponse({ exists });
    }),

    ItemGetTtl: unary('ItemGetTtl', context, (request: cache_client._ItemGetTtlRequest, metadata) => {
      const found = find(open(metadata), request);
      return new cache_client._ItemGetTtlResponse(
        found === undefined
          ? { missing: new cache_client._ItemGetTtlResponse._Missing() }
          : { found: new cache_client._ItemGetTtlResponse._Found({ remaining_ttl_millis: found.remainingTtl }) },
      );
    }),

    ItemGetType: unary('ItemGetType', context, (request: cache_client._ItemGetTypeRequest, metadata) => {
      const item_type = cache_client._ItemGetTypeResponse.ItemType.SCALAR;
      return new cache_client._ItemGetTypeResponse(
        find(open(metadata), request) === undefined
          ? { missing: new cache_client._ItemGetTypeResponse._Missing() }
          : { found: new cache_client._ItemGetTypeResponse._Found({ item_type }) },
      );
    }),
  };
}

function find(cache: OpenCache, { cache_key }: { readonly cache_key: Uint8Array }): Item | undefined {
  assertKey(cache_key);
  return cache.get(cache_key);
}

const answer = (found: Item | undefined): cache_client._GetResponse =>
  new cache_client._GetResponse(found === undefined ? { result: Miss } : { result: Hit, cache_body: found.value });
