import { beforeEach, expect, test } from 'vitest';
import { CacheFixed, createControls } from '../../../../local/console/controls.ts';
import {
  type CacheMode,
  type CacheSwitch,
  FOREIGN_REDIS,
  SHARED_DYNAMODB,
} from '../../../../local/start/cache-switch.ts';

let modes: CacheMode[];
let held: boolean;
const cache = { store: 'redis', url: 'redis://127.0.0.1:6379' } as const;

beforeEach(() => {
  modes = [];
  held = false;
});

const controlsOf = (cacheSwitch: CacheSwitch) => {
  const holdStream = (isHeld: boolean): void => {
    held = isHeld;
  };
  let now = 0;
  return createControls({ cache, cacheSwitch, holdStream }, () => {
    now += 1;
    return now;
  });
};

test('the cache does as it is told, and the state says so', () => {
  const controls = controlsOf({ set: (mode) => void modes.push(mode) });
  controls.set({ cache: { kind: 'slow', by: 100 } });

  expect(modes).toEqual([{ kind: 'slow', by: 100 }]);
  expect(controls.state()).toMatchObject({ cache: { kind: 'slow', by: 100 }, cacheFixed: undefined });
});

test('the stream is held since it was first told to be, until it is let go', () => {
  const controls = controlsOf({ set: () => {} });
  controls.set({ stream: 'held' });
  controls.set({ stream: 'held' });
  expect(held).toBe(true);
  expect(controls.state().streamHeldSince).toBe(1);

  controls.set({ stream: 'running' });
  expect(held).toBe(false);
  expect(controls.state().streamHeldSince).toBeUndefined();
});

test.each([FOREIGN_REDIS, SHARED_DYNAMODB])(
  'a cache that cannot be taken away says why, and stays on',
  (cacheSwitch) => {
    const controls = controlsOf(cacheSwitch);
    const reason = 'fixed' in cacheSwitch ? cacheSwitch.fixed : expect.fail('it can be switched');

    expect(() => controls.set({ cache: { kind: 'off' } })).toThrow(new CacheFixed(reason));
    expect(controls.state()).toMatchObject({ cache: { kind: 'on' }, cacheFixed: reason });
    controls.set({ stream: 'held' });
    expect(held).toBe(true);
  },
);
