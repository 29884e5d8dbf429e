import { beforeEach, describe, expect, it } from 'vitest';
import { entity } from '../../shared/map/entity.ts';
import { createReader } from '../../shared/read/reader.ts';
import { withBreaker } from '../../shared/store/breaker.ts';
import { hours, milliseconds, seconds } from '../../shared/time.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { useMomentoStore } from '../support/momento.ts';

const CACHE = 'reader-test';
const user = entity('user', { key: { PK: 'USER#{name}' }, onChange: 'refresh', ttl: hours(1) });
const impatient = { cacheTimeout: milliseconds(100), fillTimeout: milliseconds(150) };
/** Where it is not the time that is looked at, and the machine may be a slow one. */
const patient = { cacheTimeout: seconds(5), fillTimeout: seconds(5) };

let names = 0;
const momento = useMomentoStore(CACHE);

beforeEach(() => {
  momento.server.faults.clear();
  momento.server.stats.reset();
});

describe('a reader over Momento', () => {
  it('takes one get and one conditional write for a miss, and one get for a hit', async () => {
    const { name, reader } = worldOf(patient);
    expect((await reader.get(user, { name })).outcome).toBe('miss');
    expect([
      momento.server.stats.calls('Get'),
      momento.server.stats.calls('SetIf'),
      momento.server.stats.calls(),
    ]).toEqual([1, 1, 2]);

    expect((await reader.get(user, { name })).outcome).toBe('hit');
    expect(momento.server.stats.calls()).toBe(3);
  });

  it('takes one call for a hundred hits', async () => {
    const { name, reader } = worldOf(patient);
    const asks = Array.from({ length: 100 }, (_, i) => ({ name: `${name}-${i}` }));
    await reader.getMany(user, asks);
    momento.server.stats.reset();

    // Nothing is in the table: what is known is that there is nothing.
    const outcomes = (await reader.getMany(user, asks)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array.from({ length: 100 }, () => 'absent'));
    expect([momento.server.stats.calls('GetBatch'), momento.server.stats.calls()]).toEqual([1, 1]);
  });

  it('answers from the table within its own deadline when the cache never answers', async () => {
    const { name, reader } = worldOf(impatient);
    momento.server.faults.inject({ kind: 'black-hole' });
    const start = performance.now();
    const [one, many] = await Promise.all([
      reader.get(user, { name }),
      reader.getMany(user, [{ name: `${name}-a` }, { name: `${name}-b` }]),
    ]);

    expect([one, ...many].map(({ outcome }) => outcome)).toEqual(['bypass', 'bypass', 'bypass']);
    expect(performance.now() - start).toBeLessThan(400);
  });

  it('does not wait longer for a fill than it may', async () => {
    const { name, reader, refusals } = worldOf(impatient);
    momento.server.faults.inject({ kind: 'black-hole', on: 'SetIf' });
    const start = performance.now();

    expect((await reader.get(user, { name })).outcome).toBe('miss');
    expect(performance.now() - start).toBeLessThan(450);
    expect(refusals).toEqual(['store']);
  });

  it('takes a fill whose answer was lost for refused, and finds it there', async () => {
    const { name, reader } = worldOf(patient);
    momento.server.faults.inject({ kind: 'answer-lost', on: 'SetIf' });

    expect((await reader.get(user, { name })).outcome).toBe('miss');
    expect((await reader.get(user, { name })).outcome).toBe('hit');
  });

  it('costs the latency of the table, not a timeout each, once the breaker is open', async () => {
    const { name, reader } = worldOf(impatient, true);
    momento.server.faults.inject({ kind: 'black-hole' });
    for (let i = 0; i < 5; i++) await reader.get(user, { name });
    const start = performance.now();
    for (let i = 0; i < 100; i++) expect((await reader.get(user, { name })).outcome).toBe('bypass');

    expect(performance.now() - start).toBeLessThan(500);
  });
});

function worldOf(settings: typeof patient, breaker = false) {
  names += 1;
  const name = `user-${names}`;
  const table = createMemoryTable();
  table.put({ PK: `USER#${name}` }, { PK: `USER#${name}` });
  const refusals: string[] = [];
  const reader = createReader({
    store: breaker ? withBreaker(momento.store) : momento.store,
    table,
    namespace: 'reader',
    settings,
    observer: { fillRefused: ({ reason }) => void refusals.push(reason) },
  });
  return { name, reader, refusals };
}
