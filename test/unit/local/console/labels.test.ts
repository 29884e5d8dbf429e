import fc from 'fast-check';
import { expect, test } from 'vitest';
import { myOrders, openOrders, user } from '../../../../cache.config.ts';
import { keyParts, labelOf } from '../../../../local/console/labels.ts';
import { entryKey, epochKey, generationKey, pageKey } from '../../../../shared/map/cache-key.ts';

test('a cache key comes apart into what it was made of, whatever text is in it', () => {
  const names = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((name) => name.isWellFormed() && !name.includes('#'));
  fc.assert(
    fc.property(names, (username) => {
      const primaryKey = { PK: `USER#${username}`, SK: `USER#${username}` };
      const key = entryKey('start-1', user, primaryKey);
      const parts = keyParts(key);
      expect(parts).toMatchObject({ namespace: 'start-1', name: 'user', kind: 'entry' });
      expect(parts?.rest.map(decodeURIComponent)).toEqual([primaryKey.PK, primaryKey.SK]);
      expect(labelOf(key)).toBe(primaryKey.PK);
    }),
  );
});

test.each([
  [generationKey('v1', myOrders, { createdBy: 'a:b' }), 'my-orders', 'generation / createdBy=a:b'],
  [pageKey('v1', myOrders, { createdBy: 'alice' }, { limit: 20 }), 'my-orders', 'page / createdBy=alice / limit=20'],
  [pageKey('v1', openOrders, {}, {}), 'open-orders', 'page'],
  [epochKey('v1', openOrders), 'open-orders', 'epoch'],
])('%s is of a collection', (key, name, label) => {
  expect(keyParts(key)).toMatchObject({ name, kind: 'plain' });
  expect(labelOf(key)).toBe(label);
});

test.each(['', 'other', 'a:b', '{v1:x}:page', '#2c26b46b68ffc68ff99b453c1d304134'])(
  '%o is nobody’s key, and its own label',
  (key) => {
    expect(keyParts(key)).toBeUndefined();
    expect(labelOf(key)).toBe(key);
  },
);
