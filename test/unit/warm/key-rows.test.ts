import { describe, expect, it } from 'vitest';
import { binary, defineCacheMap, entity, hours, number } from '../../../shared/index.ts';
import { entryKey } from '../../../shared/map/cache-key.ts';
import { targetsOf } from '../../../shared/warm/key-rows.ts';

const line = entity('line', {
  key: { PK: 'ORDER#{orderId}', SK: number('line') },
  onChange: 'refresh',
  ttl: hours(1),
});
const lines = defineCacheMap({ entities: [line] });
const blob = entity('blob', { key: { digest: binary('digest') }, onChange: 'refresh', ttl: hours(1) });
const blobs = defineCacheMap({ entities: [blob] });

const lineKey = (orderId: string, position: number) => entryKey('test', line, { PK: `ORDER#${orderId}`, SK: position });
const keysOf = (...args: Parameters<typeof targetsOf>) => targetsOf(...args).targets.map(({ key }) => key);

describe('a row', () => {
  it.each([
    ['an entity and its parameters', { entity: 'line', orderId: 'a', line: 7 }],
    ['parameters as a CSV file has them', { entity: 'line', orderId: 'a', line: '7', count: '12' }],
    ['the key attributes of the table', { PK: 'ORDER#a', SK: 7 }],
    ['key attributes as a CSV file has them', { SK: '7.0', PK: 'ORDER#a', anything: 'else' }],
  ])('may name its key by %s', (_, row) => {
    expect(targetsOf(lines, 'test', [row])).toEqual({
      targets: [{ entity: line, primaryKey: { PK: 'ORDER#a', SK: 7 }, key: lineKey('a', 7) }],
      problems: [],
    });
  });

  it.each([
    ['a parameter', { entity: 'blob', digest: 'AQI=' }],
    ['an attribute', { digest: 'AQI=' }],
  ])('gives a binary as base64, as %s', (_, row) => {
    expect(keysOf(blobs, 'test', [row])).toEqual([entryKey('test', blob, { digest: Uint8Array.of(1, 2) })]);
  });

  it.each([
    [
      'an entity that the map does not have',
      { entity: 'secret', orderId: 'a' },
      'its entity is not one of the cache map',
    ],
    [
      'a parameter that is missing',
      { entity: 'line', orderId: 'secret' },
      "entity 'line': parameter 'line' is missing",
    ],
    [
      'a key that belongs to no entity',
      { PK: 'secret', SK: 7 },
      'it is no key of an entity of the map: give PK and SK',
    ],
    ['half a key', { PK: 'ORDER#secret' }, 'it is no key of an entity of the map: give PK and SK'],
    ['a number that is none', { entity: 'line', orderId: 'a', line: 'secret' }, "parameter 'line' must be"],
  ])('is left out for %s, and not quoted', (_, row, problem) => {
    const { targets, problems } = targetsOf(lines, 'test', [{ PK: 'ORDER#a', SK: 1 }, row]);

    expect(targets).toHaveLength(1);
    expect(problems).toEqual([{ row: 2, problem: expect.stringContaining(problem) }]);
    expect(problems[0]?.problem).not.toContain('secret');
  });
});

describe('a list', () => {
  const row = (orderId: string, count: number | string) => ({ entity: 'line', orderId, line: 1, count });

  it('names each key once, in the order of its rows', () => {
    const rows = [row('b', 1), row('a', 2), { PK: 'ORDER#b', SK: 1 }];

    expect(keysOf(lines, 'test', rows)).toEqual([lineKey('b', 1), lineKey('a', 1)]);
  });

  it('gives those that are asked for most, the first of them first', () => {
    const rows = [row('rare', 1), row('hot', '1e3'), row('warm', 20), row('cold', 0)];

    expect(keysOf(lines, 'test', rows, 2)).toEqual([lineKey('hot', 1), lineKey('warm', 1)]);
  });

  it('leaves out what has no count, where the most asked for are wanted', () => {
    const rows = [row('a', ''), { entity: 'line', orderId: 'b', line: 1 }, row('c', 'many'), row('d', 3)];
    const { targets, problems } = targetsOf(lines, 'test', rows, 2);

    expect(targets.map(({ key }) => key)).toEqual([lineKey('d', 1)]);
    expect(problems).toEqual([1, 2, 3].map((number) => ({ row: number, problem: 'its count is not a number' })));
  });
});
