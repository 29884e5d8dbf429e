import * as v from 'valibot';
import type { CacheMode } from '../start/cache-switch.ts';
import type { Stack } from '../start/stack.ts';
import type { ControlState } from './protocol.ts';

/** What a request to the controls may hold. */
export const ControlSchema = v.strictObject({
  cache: v.exactOptional(
    v.variant('kind', [
      v.strictObject({ kind: v.literal('on') }),
      v.strictObject({ kind: v.literal('off') }),
      v.strictObject({
        kind: v.literal('slow'),
        by: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
      }),
    ]),
  ),
  stream: v.exactOptional(v.picklist(['running', 'held'])),
});

/** The cache of this stack cannot be switched; the message says why. */
export class CacheFixed extends Error {
  override readonly name = 'CacheFixed';
}

/** What gets in the way of a stack, and how it stands. */
export interface Controls {
  state(): ControlState;
  /** @throws {CacheFixed} */
  set(request: v.InferOutput<typeof ControlSchema>): void;
}

/** @param now epoch milliseconds */
export function createControls(stack: Pick<Stack, 'cache' | 'cacheSwitch' | 'holdStream'>, now = Date.now): Controls {
  const { cacheSwitch } = stack;
  const cacheFixed = 'fixed' in cacheSwitch ? cacheSwitch.fixed : undefined;
  let cache: CacheMode = { kind: 'on' };
  let streamHeldSince: number | undefined;

  return {
    state: () => ({ store: stack.cache.store, cache, cacheFixed, streamHeldSince }),
    set(request) {
      if (request.cache !== undefined) {
        if ('fixed' in cacheSwitch) throw new CacheFixed(cacheSwitch.fixed);
        cacheSwitch.set(request.cache);
        cache = request.cache;
      }
      if (request.stream !== undefined) {
        const isHeld = request.stream === 'held';
        stack.holdStream(isHeld);
        streamHeldSince = isHeld ? (streamHeldSince ?? now()) : undefined;
      }
    },
  };
}
