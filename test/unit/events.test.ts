import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type Item, itemFromImage } from '../../shared/entry/item.ts';
import { comparePositions, compareSequences } from '../../shared/entry/position.ts';

const FOLDER = new URL('../../events/', import.meta.url);
const VIEWS = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const;

/** Damaged on purpose, by `eventID`, with what is wrong. Everything else in the folder has Lambda's exact shape. */
const DAMAGED = new Map([
  ['e88c3d17a4f783cb75c55ca202a505f0', 'no keys'],
  ['e639aa5a0a22151de52be833e80bf719', 'an image without type tags'],
  ['23afefbead5f2276dd130e3fac4bc579', 'a sequence number that is none'],
  ['7a3f385d1c31015f0a84cef6ca254521', 'an unknown event name'],
  ['91cac24aa2a6126ab2fb7c9c50b67821', 'a date for a time'],
  ['1ab5db89da1a775a1ba32706b4d545c0', 'no change at all'],
]);

/** These two deliver earlier records once more, and so stand outside the order of the day. */
const REPLAYED = /^(19|26)-/;

const image = v.record(v.string(), v.unknown());
const integer = v.pipe(v.number(), v.integer());
const matching = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));
const recordShape = v.strictObject({
  eventID: matching(/^[0-9a-f]{32}$/),
  eventName: v.picklist(['INSERT', 'MODIFY', 'REMOVE']),
  eventVersion: v.literal('1.1'),
  eventSource: v.literal('aws:dynamodb'),
  awsRegion: v.literal('eu-central-1'),
  dynamodb: v.strictObject({
    ApproximateCreationDateTime: integer,
    Keys: image,
    NewImage: v.optional(image),
    OldImage: v.optional(image),
    SequenceNumber: matching(/^\d{21,40}$/),
    SizeBytes: integer,
    StreamViewType: v.picklist(VIEWS),
  }),
  userIdentity: v.optional(
    v.strictObject({ type: v.literal('Service'), principalId: v.literal('dynamodb.amazonaws.com') }),
  ),
  eventSourceARN: matching(
    /^arn:aws:dynamodb:eu-central-1:123456789012:table\/app\/stream\/2026-11-20T\d\d:\d\d:\d\d\.\d{3}$/,
  ),
});
type StreamRecord = v.InferOutput<typeof recordShape>;

const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .sort();

describe('the sample events', () => {
  it('are numbered in the order of their stories', () => {
    expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, index) => index + 1));
  });

  it('hold each damaged record once', () => {
    const found = names
      .flatMap(rawRecords)
      .map(eventIdOf)
      .filter((eventId) => DAMAGED.has(eventId));
    expect(found.sort()).toEqual([...DAMAGED.keys()].sort());
  });

  it('go forward in time and in the stream from file to file, but for what is replayed', () => {
    const records = names.filter((name) => !REPLAYED.test(name)).flatMap(recordsOf);
    for (const [earlier, later] of pairs(records)) {
      expect(later.dynamodb.ApproximateCreationDateTime).toBeGreaterThanOrEqual(
        earlier.dynamodb.ApproximateCreationDateTime,
      );
      expect(comparePositions(positionOf(earlier), positionOf(later))).toBeLessThan(0);
    }
  });

  it('name a record by its eventID: the same one only where it is delivered again, unchanged', () => {
    const seen = new Map<string, StreamRecord>();
    for (const record of names.flatMap(recordsOf)) {
      expect(seen.get(record.eventID) ?? record).toEqual(record);
      seen.set(record.eventID, record);
    }
  });

  it('change each item from the state in which the record before left it', () => {
    const state = new Map<string, Item | undefined>();
    for (const record of names
      .filter((name) => !REPLAYED.test(name) && !name.includes('malformed'))
      .flatMap(recordsOf)) {
      const { Keys, OldImage, NewImage } = record.dynamodb;
      const key = JSON.stringify(Keys);
      const before = state.get(key);
      if (OldImage !== undefined && before !== undefined) expect(itemFromImage(OldImage)).toEqual(before);
      if (record.eventName === 'INSERT') expect(before).toBeUndefined();
      state.set(key, NewImage === undefined ? undefined : itemFromImage(NewImage));
      // Corrected in the file with the damaged records, which is left out here.
      if (/USER#(carol|dave|erin)/.test(key)) state.delete(key);
    }
  });

  describe.each(names)('%s', (name) => {
    const records = recordsOf(name);

    it('has the exact shape that Lambda delivers', () => {
      expect(Object.keys(parse(name))).toEqual(['Records']);
      for (const raw of rawRecords(name).filter((each) => !DAMAGED.has(eventIdOf(each)))) {
        expect(() => v.parse(recordShape, raw)).not.toThrow();
      }
    });

    it('carries the images that its view type and event name promise, with the keys in them', () => {
      for (const { eventName, dynamodb } of records) {
        const view = dynamodb.StreamViewType;
        expect(dynamodb.NewImage !== undefined).toBe(eventName !== 'REMOVE' && /NEW/.test(view));
        expect(dynamodb.OldImage !== undefined).toBe(eventName !== 'INSERT' && /OLD/.test(view));
        const key = itemFromImage(dynamodb.Keys);
        for (const each of [dynamodb.NewImage, dynamodb.OldImage]) {
          if (each !== undefined) expect(itemFromImage(each)).toMatchObject(key);
        }
      }
    });

    it('counts its bytes as DynamoDB does', () => {
      for (const { dynamodb } of records) {
        const { Keys, NewImage = {}, OldImage = {} } = dynamodb;
        expect(dynamodb.SizeBytes).toBe(sizeOf(Keys) + sizeOf(NewImage) + sizeOf(OldImage));
      }
    });

    it('has sequence numbers that grow with each record of a stream, within ten seconds', () => {
      for (const [earlier, later] of pairs(records)) {
        expect(comparePositions(positionOf(earlier), positionOf(later))).toBeLessThan(0);
      }
      const times = records.map((record) => record.dynamodb.ApproximateCreationDateTime);
      if (!REPLAYED.test(name)) expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(10);
    });
  });
});

describe('the story', () => {
  it.each([
    ['user-inserted', 'INSERT USER#alice'],
    ['user-renamed', 'MODIFY USER#alice'],
    ['user-deleted', 'REMOVE USER#bob'],
    ['order-placed', 'INSERT ORDER#order-1001'],
    ['membership-revoked', 'MODIFY ORG#globex, REMOVE ORG#globex'],
    ['category-list-changes', 'INSERT CATEGORY#books, MODIFY CATEGORY#garden, REMOVE CATEGORY#toys'],
    ['inserted-then-removed', 'INSERT ORDER#order-1002, MODIFY ORDER#order-1002, REMOVE ORDER#order-1002'],
    ['dissolved', 'REMOVE ORG#acme, REMOVE ORG#acme, REMOVE ORG#acme, REMOVE ORG#acme'],
  ])('%s is %s', (name, told) => {
    const steps = story(name).map((record) => `${record.eventName} ${itemFromImage(record.dynamodb.Keys).PK}`);
    expect(steps.join(', ')).toBe(told);
  });

  it('of an expiry is a removal by the service, after the time at which the item expired', () => {
    const [expiry] = story('ttl-expiry');
    expect(expiry?.eventName).toBe('REMOVE');
    expect(expiry?.userIdentity?.principalId).toBe('dynamodb.amazonaws.com');
    expect(expiry?.dynamodb.ApproximateCreationDateTime).toBeGreaterThan(Number(oldOf(expiry).expiresAt));
  });

  it('of a hot key is 50 changes of one order, in which text order and number order of the sequence differ', () => {
    const changes = story('hot-key');
    expect(changes).toHaveLength(50);
    expect(new Set(changes.map((record) => JSON.stringify(record.dynamodb.Keys))).size).toBe(1);
    expect(changes.map((record) => newOf(record).revision)).toEqual(changes.map((_, index) => index + 2));
    const sequences = changes.map((record) => record.dynamodb.SequenceNumber);
    expect([...sequences].sort()).not.toEqual(sequences);
    expect([...sequences].sort(compareSequences)).toEqual(sequences);
  });

  it('of collections has an order that changes its creator and one that leaves the open ones', () => {
    const moves = story('moves-between-collections');
    expect(moves.some((record) => oldOf(record).GSI1PK !== newOf(record).GSI1PK)).toBe(true);
    expect(moves.some((record) => 'GSI2PK' in oldOf(record) && !('GSI2PK' in newOf(record)))).toBe(true);
  });

  it('of an unchanged projection changes only what readers are not shown', () => {
    const changed = story('projection-unchanged').flatMap((record) => {
      const before = oldOf(record);
      return Object.entries(newOf(record)).flatMap(([attribute, value]) =>
        before[attribute] === value ? [] : [attribute],
      );
    });
    expect(new Set(changed)).toEqual(new Set(['lastLoginAt', 'billingPlan']));
  });

  it('of unrelated entities has no key of a cached one', () => {
    const cached = /^(USER|ORG|ORDER|CATEGORY|PRODUCT)#/;
    for (const record of story('unrelated')) {
      const { PK, SK } = itemFromImage(record.dynamodb.Keys);
      expect(cached.test(String(PK)) && cached.test(String(SK))).toBe(false);
    }
  });

  it('of exact values has a number of 38 digits, integers beyond 2^53, all kinds of set, and binary', () => {
    const [product] = story('big-numbers');
    const text = JSON.stringify(product?.dynamodb.NewImage);
    for (const tag of ['"SS":', '"NS":', '"BS":', '"B":"', '"NULL":', '"L":[]', '"M":{}']) expect(text).toContain(tag);
    expect(newOf(product)).toMatchObject({ serial: 2n ** 53n + 1n, largest: 10n ** 38n - 1n, description: '' });
    expect(String(newOf(product).price).replace('.', '')).toHaveLength(38);
  });

  it('of hostile keys has separators, percent signs, slashes, a line break, an emoji and keys of full length', () => {
    const keys = story('hostile').map((record) => itemFromImage(record.dynamodb.Keys));
    const text = JSON.stringify(keys);
    for (const part of ['a#b', 'b#c', '%', '/', '\\n', '🦊', '__proto__']) expect(text).toContain(part);
    expect(Math.max(...keys.map((key) => Buffer.byteLength(String(key.PK))))).toBe(2_048);
    expect(Math.max(...keys.map((key) => Buffer.byteLength(String(key.SK))))).toBe(1_024);
  });

  it('of a mapping that throws has orders without status, without creator and with a creator of another type', () => {
    const orders = story('mapping-throws').map(newOf);
    expect(orders.some((order) => 'orderId' in order && !('status' in order))).toBe(true);
    expect(orders.some((order) => 'orderId' in order && !('createdBy' in order))).toBe(true);
    expect(orders.some((order) => typeof order.createdBy === 'number')).toBe(true);
  });

  it('of malformed records has each kind of damage between records that are whole', () => {
    const ids = rawRecords(fileOf('malformed')).map(eventIdOf);
    expect(ids.filter((eventId) => DAMAGED.has(eventId))).toHaveLength(DAMAGED.size);
    expect([ids[0], ids.at(-1)].some((eventId) => DAMAGED.has(eventId ?? ''))).toBe(false);
    for (const raw of rawRecords(fileOf('malformed')).filter((each) => DAMAGED.has(eventIdOf(each)))) {
      expect(isWhole(raw)).toBe(false);
    }
  });

  it('of a replayed batch repeats records whose items have changed since', () => {
    for (const name of ['old-batch-replayed', 'old-stream-replayed']) {
      const index = names.indexOf(fileOf(name));
      const before = names.slice(0, index).flatMap(recordsOf);
      const newest = new Map(before.map((record) => [JSON.stringify(record.dynamodb.Keys), record]));
      for (const record of story(name)) expect(before.map((each) => each.eventID)).toContain(record.eventID);
      const last = story(name).at(-1);
      expect(newest.get(JSON.stringify(last?.dynamodb.Keys))?.eventID).not.toBe(last?.eventID);
    }
  });

  it('of a replica has the attributes that global tables add', () => {
    for (const record of story('global-table'))
      expect(newOf(record)).toHaveProperty(['aws:rep:updateregion'], 'us-east-1');
  });

  it.each([
    ['keys-only-view', 'KEYS_ONLY'],
    ['new-image-view', 'NEW_IMAGE'],
    ['old-image-view', 'OLD_IMAGE'],
  ])('of the %s has every kind of event in it', (name, view) => {
    expect(new Set(story(name).map((record) => record.dynamodb.StreamViewType))).toEqual(new Set([view]));
    expect(new Set(story(name).map((record) => record.eventName))).toEqual(new Set(['INSERT', 'MODIFY', 'REMOVE']));
  });

  it('of a stream that is switched on again starts with smaller sequence numbers under a later label', () => {
    const [first] = story('user-inserted');
    const [again] = story('re-enabled');
    if (first === undefined || again === undefined) throw new Error('a story is empty');
    expect(comparePositions(positionOf(again), positionOf(first))).toBeGreaterThan(0);
    expect(compareSequences(again.dynamodb.SequenceNumber, first.dynamodb.SequenceNumber)).toBeLessThan(0);
  });
});

describe('the size of an image', () => {
  // From the sample event in the Lambda guide ("Using AWS Lambda with Amazon DynamoDB"): SizeBytes 26 and 59.
  it('is what AWS documents for its own sample record', () => {
    const keys = { Id: { N: '101' } };
    expect(sizeOf(keys) + sizeOf({ Message: { S: 'New item!' }, ...keys })).toBe(26);
    expect(
      sizeOf(keys) +
        sizeOf({ Message: { S: 'This item has changed' }, ...keys }) +
        sizeOf({ Message: { S: 'New item!' }, ...keys }),
    ).toBe(59);
  });
});

function fileOf(story: string): string {
  const found = names.find((name) => name.includes(story));
  if (found === undefined) throw new Error(`no events/*${story}*.json`);
  return found;
}

const story = (name: string): StreamRecord[] => recordsOf(fileOf(name));

function parse(name: string): { Records: unknown[] } {
  return v.parse(v.object({ Records: v.array(v.unknown()) }), JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
}

const rawRecords = (name: string): unknown[] => parse(name).Records;

/** The records of a file without those that are damaged on purpose. */
function recordsOf(name: string): StreamRecord[] {
  return rawRecords(name)
    .filter((raw) => !DAMAGED.has(eventIdOf(raw)))
    .map((raw) => v.parse(recordShape, raw));
}

const eventIdOf = (raw: unknown): string => v.parse(v.object({ eventID: v.string() }), raw).eventID;

const newOf = (record: StreamRecord | undefined): Item => itemFromImage(record?.dynamodb.NewImage);
const oldOf = (record: StreamRecord | undefined): Item => itemFromImage(record?.dynamodb.OldImage);

function positionOf(record: StreamRecord) {
  return { label: record.eventSourceARN.split('/').at(-1) ?? '', sequence: record.dynamodb.SequenceNumber };
}

function pairs<Element>(elements: readonly Element[]): [Element, Element][] {
  return elements.slice(1).map((later, index) => [elements[index] ?? later, later]);
}

function isWhole(raw: unknown): boolean {
  const parsed = v.safeParse(recordShape, raw);
  if (!parsed.success) return false;
  try {
    newOf(parsed.output);
    return true;
  } catch {
    return false;
  }
}

/** Bytes of an image by "DynamoDB item sizes and formats": names and contents, 3 a container, 1 an element in it. */
function sizeOf(attributes: Record<string, unknown>): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

const base64 = v.pipe(v.string(), v.base64());
/** A value with its one type tag, as its size. */
const sized = <Tag extends string, Value>(
  tag: Tag,
  value: v.GenericSchema<Value>,
  sizeOfValue: (value: Value) => number,
) =>
  v.pipe(
    v.strictObject({ [tag]: value }),
    v.transform((tagged) => sizeOfValue(v.parse(value, tagged[tag]))),
  );
const tagged = v.union([
  sized('S', v.string(), (text) => Buffer.byteLength(text)),
  sized('N', v.string(), numberSize),
  sized('B', base64, (text) => Buffer.from(text, 'base64').length),
  sized('BOOL', v.boolean(), () => 1),
  sized('NULL', v.literal(true), () => 1),
  sized('SS', v.array(v.string()), (texts) => sum(texts.map((text) => Buffer.byteLength(text)))),
  sized('NS', v.array(v.string()), (texts) => sum(texts.map(numberSize))),
  sized('BS', v.array(base64), (texts) => sum(texts.map((text) => Buffer.from(text, 'base64').length))),
  sized('L', v.array(v.unknown()), (values) => 3 + values.length + sum(values.map(valueSize))),
  sized('M', image, (values) => 3 + Object.keys(values).length + sizeOf(values)),
]);

function valueSize(value: unknown): number {
  return v.parse(tagged, value);
}

/** One byte for two significant digits, one more, and one for a minus sign. */
function numberSize(text: string): number {
  const digits = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
