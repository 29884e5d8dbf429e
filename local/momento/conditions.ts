import { createHash } from 'node:crypto';
import type { cache_client } from '@gomomento/generated-types/dist/cacheclient.js';
import { status } from '@grpc/grpc-js';
import { equalBytes } from '../../shared/store/bytes.ts';
import { RpcError } from './rpc.ts';

type Value = Uint8Array | undefined;

/** Whether a `SetIf` may write over what is there. */
export function mayStore(request: cache_client._SetIfRequest, found: Value): boolean {
  switch (request.condition) {
    case 'absent':
      return found === undefined;
    case 'present':
      return found !== undefined;
    case 'equal':
      return found !== undefined && equalBytes(found, request.equal.value_to_check);
    case 'absent_or_equal':
      return found === undefined || equalBytes(found, request.absent_or_equal.value_to_check);
    case 'not_equal':
      return found === undefined || !equalBytes(found, request.not_equal.value_to_check);
    case 'present_and_not_equal':
      return found !== undefined && !equalBytes(found, request.present_and_not_equal.value_to_check);
    case 'none':
      throw new RpcError(status.INVALID_ARGUMENT, 'a SetIf needs a condition');
  }
}

/** Whether a `SetIfHash` may write over what is there. */
export function mayStoreByHash(request: cache_client._SetIfHashRequest, found: Value): boolean {
  const hash = found === undefined ? undefined : hashOf(found);
  switch (request.condition) {
    case 'unconditional':
      return true;
    case 'present_and_hash_equal':
      return hash !== undefined && equalBytes(hash, request.present_and_hash_equal.hash_to_check);
    case 'present_and_not_hash_equal':
      return hash !== undefined && !equalBytes(hash, request.present_and_not_hash_equal.hash_to_check);
    case 'absent_or_hash_equal':
      return hash === undefined || equalBytes(hash, request.absent_or_hash_equal.hash_to_check);
    case 'absent_or_not_hash_equal':
      return hash === undefined || !equalBytes(hash, request.absent_or_not_hash_equal.hash_to_check);
    case 'none':
      throw new RpcError(status.INVALID_ARGUMENT, 'a SetIfHash needs a condition');
  }
}

/** Opaque to clients; which function it is may differ from the service's. */
export const hashOf = (value: Uint8Array): Uint8Array => createHash('sha256').update(value).digest().subarray(0, 16);
