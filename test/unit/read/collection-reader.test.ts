import { describe, expect, it } from 'vitest';
import { newNonce } from '../../../shared/entry/entry.ts';
import { decodeGeneration, decodePage, encodeGeneration, encodePage } from '../../../shared/entry/generation.ts';
import { encodePayload } from '../../../shared/entry/payload.ts';
import { epochKey, generationKey, pageKey } from '../../../shared/map/cache-key.ts';
import { type CollectionOptions, collection } from '../../../shared/map/collection.ts';
import { entity } from '../../../shared/map/entity.ts';
import { settlingTime } from '../../../shared/protocol.ts';
import { createReader } from '../../../shared/read/reader.ts';
import { StoreRejected, StoreUnavailable } from '../../../shared/store/errors.ts';
import { createMemoryStore } from '../../../shared/store/memory.ts';
import { hours, milliseconds, minutes, seconds } from '../../../shared/time.ts';
import { createTestClock } from '../../support/clock.ts';
import { countingStore, type Obstacle } from '../../support/counting-store.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

const NAMESPACE = 'test';
const task = entity('task', { key: { PK: 'TASK#{id}' }, onChange: 'refresh', ttl: hours(1) });

/** Queries the table itself, consistently. */
const tasks = tasksWith({});
/** Queries an index that lags. */
const lagging = tasksWith({ settle: seconds(2) });
const ann = { owner: 'ann' };
const ITEMS = [
  { PK: 'TASK#1', owner: 'ann', title: 'wash up' },
  { PK: 'TASK#2', owner: 'ann', title: 'dry up' },
];

describe('a page that the cache does not know', () => {
  it('is queried under generations that are made first, and stored: one get, one set, one query, one set', async () => {
    const world = worldOf();
    const result = await world.reader.query(tasks, ann);

    expect(result).toEqual({ outcome: 'miss', items: [{ title: 'wash up' }, { title: 'dry up' }], cursor: undefined });
    expect(world.log).toEqual(['getMany', 'setMany', 'query', 'set']);
  });

  it('is a hit from then on: one get', async () => {
    const world = worldOf();
    const { items } = await world.reader.query(tasks, ann);
    world.log.splice(0);

    expect(await world.reader.query(tasks, ann)).toEqual({ outcome: 'hit', items, cursor: undefined });
    expect(world.log).toEqual(['getMany']);
  });

  it('needs no new generations where they are: one get, one query, one set', async () => {
    const world = worldOf();
    await world.generations(tasks);
    await world.reader.query(tasks, ann);

    expect(world.log).toEqual(['getMany', 'query', 'set']);
  });

  it('needs only the generation that is missing', async () => {
    const world = worldOf();
    const epoch = { nonce: newNonce(), at: world.clock.now() };
    await world.memory.set(epochKey(NAMESPACE, tasks), encodeGeneration(epoch), hours(1));
    await world.reader.query(tasks, ann);

    expect((await world.stored(tasks)).epoch).toEqual(epoch);
    expect((await world.reader.query(tasks, ann)).outcome).toBe('hit');
  });

  it('is queried once for all who ask at one time', async () => {
    const world = worldOf();
    await Promise.all(Array.from({ length: 100 }, () => world.reader.query(tasks, ann)));

    expect(world.log).toEqual(['getMany', 'setMany', 'query', 'set']);
  });

  it('is one of its own for each parameter set, limit and cursor', async () => {
    const world = worldOf();
    const cursor = 'somewhere';
    for (const page of [{}, { limit: 1 }, { limit: 2 }, { cursor }, { limit: 1, cursor }]) {
      for (const owner of ['ann', 'bea'])
        expect((await world.reader.query(tasks, { owner }, page)).outcome).toBe('miss');
    }
  });

  it('is of the collection’s own size when the reader gives none', async () => {
    const world = worldOf();
    const limits: unknown[] = [];
    world.table.answer = async (_, { limit }) => {
      limits.push(limit);
      return { items: [], cursor: undefined };
    };
    const sized = tasksWith({ pageSize: 20 });
    await world.reader.query(sized, ann);
    await world.reader.query(sized, ann, { limit: 5 });
    await world.reader.query(tasks, ann);

    expect(limits).toEqual([20, 5, undefined]);
    expect((await world.reader.query(sized, ann, { limit: 20 })).outcome).toBe('hit');
  });

  it('keeps its cursor in the cache', async () => {
    const world = worldOf();
    world.table.answer = (_, { cursor }) =>
      Promise.resolve({ items: ITEMS, cursor: cursor === undefined ? 'next/+=%' : undefined });
    await world.reader.query(tasks, ann, { limit: 2 });
    const hit = await world.reader.query(tasks, ann, { limit: 2 });

    expect(hit).toMatchObject({ outcome: 'hit', cursor: 'next/+=%' });
    expect(await world.reader.query(tasks, ann, { limit: 2, cursor: hit.cursor ?? '' })).toMatchObject({
      outcome: 'miss',
      cursor: undefined,
    });
  });
});

describe('a page is valid no longer', () => {
  it.each(['generation', 'epoch'] as const)('when its %s was replaced', async (which) => {
    const world = worldOf();
    await world.reader.query(tasks, ann);
    await world.renew(tasks, which);

    expect((await world.reader.query(tasks, ann)).outcome).toBe('miss');
    expect((await world.reader.query(tasks, ann)).outcome).toBe('hit');
  });

  it.each(['generation', 'epoch'] as const)('when its %s is gone', async (which) => {
    const world = worldOf();
    await world.reader.query(tasks, ann);
    await world.memory.set(world.keyOf(tasks, which), Buffer.from('gone'), hours(1));

    expect((await world.reader.query(tasks, ann)).outcome).toBe('miss');
    expect(world.foreign).toHaveLength(1);
  });

  it('when the generation was replaced between the cache read and the query', async () => {
    const world = worldOf();
    world.table.before = () => world.renew(tasks, 'generation');
    await world.reader.query(tasks, ann);
    world.table.before = () => {};

    expect((await world.reader.query(tasks, ann)).outcome).toBe('miss');
  });

  it('of one parameter set when that one’s generation was replaced, and of no other', async () => {
    const world = worldOf();
    await world.reader.query(tasks, ann);
    await world.reader.query(tasks, { owner: 'bea' });
    await world.renew(tasks, 'generation');

    expect((await world.reader.query(tasks, { owner: 'bea' })).outcome).toBe('hit');
    expect((await world.reader.query(tasks, ann)).outcome).toBe('miss');
  });
});

describe('a page is answered but not stored', () => {
  it('while its generation is younger than its index may lag, clocks may differ and writes may take', async () => {
    const world = worldOf();
    await world.generations(lagging);
    world.clock.advance(milliseconds(settlingTime(seconds(2)) - 1));
    expect((await world.reader.query(lagging, ann)).outcome).toBe('miss');
    expect(world.refusals).toEqual(['settling']);

    world.clock.advance(milliseconds(1));
    await world.reader.query(lagging, ann);
    expect((await world.reader.query(lagging, ann)).outcome).toBe('hit');
    expect(settlingTime(seconds(2))).toBe(seconds(11));
  });

  it('while its epoch is that young, however old its generation', async () => {
    const world = worldOf();
    await world.generations(lagging);
    world.clock.advance(minutes(1));
    await world.renew(lagging, 'epoch');
    await world.reader.query(lagging, ann);

    expect(world.refusals).toEqual(['settling']);
  });

  it('under a generation that this reader had to make: it may have replaced a younger one', async () => {
    const world = worldOf();
    await world.reader.query(lagging, ann);

    expect(world.refusals).toEqual(['settling']);
  });

  it('under a generation from the future, even where nothing lags', async () => {
    const world = worldOf();
    await world.generations(tasks, world.clock.now() + 1);
    await world.reader.query(tasks, ann);

    expect(world.refusals).toEqual(['settling']);
  });

  it('when its generation could not be made', async () => {
    const world = worldOf((operation) => {
      if (operation === 'setMany') throw new StoreUnavailable('test.setMany', 'gone');
    });

    expect((await world.reader.query(tasks, ann)).items).toHaveLength(2);
    expect(world.log).toEqual(['getMany', 'setMany', 'query']);
    expect(world.refusals).toEqual(['store']);
  });

  it('past the deadline', async () => {
    const world = worldOf();
    world.table.before = () => world.clock.advance(seconds(20));
    await world.reader.query(tasks, ann);

    expect(world.log).not.toContain('set');
    expect(world.refusals).toEqual(['too-late']);
  });

  it('when it cannot be stored exactly', async () => {
    const dated = collection('dated', {
      of: task,
      by: () => [{}],
      query: () => ({ KeyConditionExpression: 'x' }),
      settle: seconds(0),
      onChange: 'invalidate',
      ttl: hours(1),
      project: () => new Date(0),
    });
    const world = worldOf();

    expect((await world.reader.query(dated, {})).items).toEqual([new Date(0), new Date(0)]);
    expect(world.refusals).toEqual(['unsupported-value']);
  });

  it('when the store fails', async () => {
    const world = worldOf((operation) => {
      if (operation === 'set') throw new StoreUnavailable('test.set', 'gone');
    });

    expect((await world.reader.query(tasks, ann)).outcome).toBe('miss');
    expect(world.refusals).toEqual(['store']);
  });

  it('when it is too large for the store', async () => {
    const world = worldOf((operation) => {
      if (operation === 'set') throw new StoreRejected('test.set', 'too-large', 'more than it takes');
    });

    expect((await world.reader.query(tasks, ann)).items).toHaveLength(2);
    expect(world.refusals).toEqual(['rejected']);
  });
});

describe('a cache that does not answer', () => {
  it('is bypassed: no generation is made, no page is stored', async () => {
    const world = worldOf((operation) => {
      throw new StoreUnavailable(`test.${operation}`, 'gone');
    });
    const result = await world.reader.query(tasks, ann);

    expect(result).toMatchObject({ outcome: 'bypass', items: [{ title: 'wash up' }, { title: 'dry up' }] });
    expect(world.log).toEqual(['getMany', 'query']);
  });
});

describe('a damaged page', () => {
  it('is a miss and stored anew', async () => {
    const world = worldOf();
    const { epoch, generation } = await world.generations(tasks);
    const payload = { format: 'json', body: Buffer.from('[{') } as const;
    const page = encodePage({ epoch: epoch.nonce, generation: generation.nonce, at: 1, payload });
    await world.memory.set(pageKey(NAMESPACE, tasks, ann, {}), page, hours(1));

    expect(await world.reader.query(tasks, ann)).toMatchObject({ outcome: 'miss', items: [{}, {}] });
    expect((await world.reader.query(tasks, ann)).outcome).toBe('hit');
  });
});

describe('a page as JSON', () => {
  it('is passed on as it is stored, without being parsed', async () => {
    const world = worldOf();
    const { epoch, generation } = await world.generations(tasks);
    const body = Buffer.from('[ "odd but ours" , ]');
    const page = encodePage({
      epoch: epoch.nonce,
      generation: generation.nonce,
      at: 1,
      payload: { format: 'json', body },
    });
    await world.memory.set(pageKey(NAMESPACE, tasks, ann, {}), page, hours(1));

    expect(await world.reader.queryJson(tasks, ann)).toEqual({
      outcome: 'hit',
      json: body.toString(),
      cursor: undefined,
    });
  });

  it('is an array, also where nothing is', async () => {
    const world = worldOf();
    world.table.answer = () => Promise.resolve({ items: [], cursor: undefined });

    expect((await world.reader.queryJson(tasks, ann)).json).toBe('[]');
    expect(await world.reader.queryJson(tasks, ann)).toEqual({ outcome: 'hit', json: '[]', cursor: undefined });
  });
});

describe('a stored page', () => {
  it('says under which generations and when it was read', async () => {
    const world = worldOf();
    const { epoch, generation } = await world.generations(tasks);
    world.clock.advance(minutes(1));
    const from = world.clock.now();
    world.table.before = () => world.clock.advance(seconds(1));
    await world.reader.query(tasks, ann);
    const bytes = await world.memory.get(pageKey(NAMESPACE, tasks, ann, {}));

    expect(bytes && decodePage(bytes)).toEqual({
      epoch: epoch.nonce,
      generation: generation.nonce,
      at: from,
      payload: { format: 'json', body: expect.anything() },
    });
    expect(encodePayload([]).format).toBe('json');
  });
});

type Tasks = ReturnType<typeof tasksWith>;

describe('a page that is loaded again', () => {
  it('is stored without looking at what is stored of it: one get of two keys, one query, one set', async () => {
    const asked: unknown[] = [];
    const world = worldOf((operation, [keys]) => void (operation === 'getMany' && asked.push(keys)));
    await world.reader.query(tasks, ann);
    await world.renew(tasks, 'generation');
    asked.splice(0);
    world.log.splice(0);
    const items = [{ PK: 'TASK#1', owner: 'ann', title: 'changed' }];
    world.table.answer = () => Promise.resolve({ items, cursor: undefined });
    await world.reader.reload(tasks, ann);

    expect(world.log).toEqual(['getMany', 'query', 'set']);
    expect(asked).toEqual([[world.keyOf(tasks, 'epoch'), world.keyOf(tasks, 'generation')]]);
    expect(await world.reader.query(tasks, ann)).toMatchObject({ outcome: 'hit', items: [{ title: 'changed' }] });
  });

  it('is not stored when it was renewed meanwhile', async () => {
    const world = worldOf();
    await world.generations(tasks);
    world.table.answer = async () => {
      await world.renew(tasks, 'generation');
      return { items: ITEMS, cursor: undefined };
    };
    await world.reader.reload(tasks, ann);

    expect((await world.reader.query(tasks, ann)).outcome).toBe('miss');
  });

  it('is left alone when there is no cache to store it in', async () => {
    const world = worldOf(() => {
      throw new StoreUnavailable('test', 'gone');
    });
    await world.reader.reload(tasks, ann);

    expect(world.log).toEqual(['getMany']);
  });
});

function tasksWith(options: Partial<CollectionOptions<typeof task, { owner: string }, { title: unknown }>>) {
  return collection('tasks', {
    of: task,
    by: ({ owner }): { owner: string }[] => [{ owner: String(owner) }],
    query: ({ owner }) => ({ KeyConditionExpression: 'o = :o', ExpressionAttributeValues: { ':o': owner } }),
    settle: seconds(0),
    onChange: 'invalidate',
    ttl: hours(1),
    project: ({ title }) => ({ title: title ?? null }),
    ...options,
  });
}

function worldOf(obstacle?: Obstacle) {
  const clock = createTestClock();
  const memory = createMemoryStore({ clock });
  const log: string[] = [];
  const store = countingStore(memory, (operation, args) => {
    log.push(operation);
    return obstacle?.(operation, args);
  });
  const table = createMemoryTable();
  table.answer = () => Promise.resolve({ items: ITEMS, cursor: undefined });
  const query = table.query.bind(table);
  table.query = (request, page) => {
    log.push('query');
    return query(request, page);
  };
  const refusals: string[] = [];
  const foreign: string[] = [];
  const keyOf = (of: Tasks, which: 'generation' | 'epoch') =>
    which === 'epoch' ? epochKey(NAMESPACE, of) : generationKey(NAMESPACE, of, ann);
  const put = async (of: Tasks, which: 'generation' | 'epoch', at = clock.now()) => {
    const generation = { nonce: newNonce(), at };
    await memory.set(keyOf(of, which), encodeGeneration(generation), hours(24));
    return generation;
  };
  const read = async (of: Tasks, which: 'generation' | 'epoch') => {
    const bytes = await memory.get(keyOf(of, which));
    return bytes && decodeGeneration(bytes);
  };
  return {
    clock,
    memory,
    table,
    log,
    refusals,
    foreign,
    keyOf,
    reader: createReader({
      store,
      table,
      namespace: NAMESPACE,
      clock,
      observer: {
        fillRefused: ({ reason }) => void refusals.push(reason),
        foreign: ({ reason }) => void foreign.push(reason),
      },
    }),
    generations: async (of: Tasks, at?: number) => ({
      epoch: await put(of, 'epoch', at),
      generation: await put(of, 'generation', at),
    }),
    renew: async (of: Tasks, which: 'generation' | 'epoch') => void (await put(of, which)),
    stored: async (of: Tasks) => ({ epoch: await read(of, 'epoch'), generation: await read(of, 'generation') }),
  };
}
