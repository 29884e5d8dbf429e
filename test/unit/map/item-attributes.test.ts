import { expect, test } from 'vitest';
import { pick, textOf } from '../../../shared/map/item-attributes.ts';

test('pick keeps the named attributes that the item has', () => {
  expect(pick('a', 'b', 'toString')({ a: 1, c: 2 })).toEqual({ a: 1 });
});

test('textOf answers the text, an empty one too', () => {
  expect(textOf({ a: 'x' }, 'a')).toBe('x');
  expect(textOf({ a: '' }, 'a')).toBe('');
});

test('textOf names the attribute that is missing or not text, and not its value', () => {
  expect(() => textOf({}, 'owner')).toThrow("the attribute 'owner' is missing");
  expect(() => textOf({}, 'toString')).toThrow("the attribute 'toString' is missing");
  expect(() => textOf({ owner: 4711 }, 'owner')).toThrow(/^the attribute 'owner' is not text$/);
});
