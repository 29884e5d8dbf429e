import { status } from '@grpc/grpc-js';
import { milliseconds } from '../../shared/time.ts';
import type { MomentoServer } from '../momento/server.ts';
import type { SwitchableProxy } from '../redis/switchable-proxy.ts';

/** How the cache behaves: as it should, not at all, or each call so many milliseconds later than it should. */
export type CacheMode =
  | { readonly kind: 'on' }
  | { readonly kind: 'off' }
  | { readonly kind: 'slow'; readonly by: number };

/** Gets in the way of a cache, for who wants to see what happens; or says why it cannot. */
export type CacheSwitch = { readonly set: (mode: CacheMode) => void } | { readonly fixed: string };

/** By the faults of the embedded server. */
export function momentoSwitch({ faults }: MomentoServer): CacheSwitch {
  let takeBack = (): void => {};
  return {
    set(mode) {
      takeBack();
      takeBack = () => {};
      if (mode.kind === 'off') takeBack = faults.inject({ kind: 'fail', code: status.UNAVAILABLE });
      if (mode.kind === 'slow') takeBack = faults.inject({ kind: 'delay', by: milliseconds(mode.by) });
    },
  };
}

/** By the connection to the server. */
export function proxySwitch(proxy: SwitchableProxy): CacheSwitch {
  return {
    set(mode) {
      if (mode.kind === 'off') proxy.refuse();
      else proxy.pass(milliseconds(mode.kind === 'slow' ? mode.by : 0));
    },
  };
}

export const FOREIGN_REDIS: CacheSwitch = {
  fixed: 'This Redis was running already: the stack does not get in the way of what is not its own.',
};

export const SHARED_DYNAMODB: CacheSwitch = {
  fixed:
    'The cache is a table in the same DynamoDB Local as your table: the one cannot be taken away without the other.',
};
