import { orderCall, type Population, type Shopper, type Subject } from './population.ts';
import type { Call, Reply } from './sample-api.ts';

/** A request that is to be sent, and what is made of its reply. */
export interface Request {
  readonly call: Call;
  /** @returns how stale the answer was, in milliseconds, where that can be told */
  settle(reply: Reply, askedAt: number): number | undefined;
}

/** How the next request is chosen. */
export interface Mix {
  readonly writeRatio: number;
  /** Index of a subject, or of a shopper, by popularity. */
  readonly subject: () => number;
  readonly shopper: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Chooses the next request. */
export function nextRequest(population: Population, { writeRatio, subject, shopper, random }: Mix): Request {
  const chosen = population.subjects[subject()];
  const somebody = population.shoppers[shopper()];
  if (chosen === undefined || somebody === undefined) throw new RangeError('a population has subjects and shoppers');
  const kind = random();
  if (random() < writeRatio) {
    const write = kind < SHARE_OF_ORDERS ? undefined : writeOf(chosen);
    return write ?? plain(orderCall(somebody));
  }
  if (kind < 0.1) return plain(population.stranger(random));
  if (kind < 0.16) return plain(orderReadOf(somebody));
  if (kind < 0.2) return plain(listReadOf(somebody));
  if (kind < 0.21) return plain(OPEN_ORDERS);
  return readOf(chosen);
}

/** A request to each route that is read: the first one of all loads a function, which is not what a load is to measure. */
export function firstRequests({ subjects, shoppers, stranger }: Population): Call[] {
  return [
    ...subjects.slice(0, 2).map(({ read }) => read),
    ...shoppers.slice(0, 1).flatMap((shopper) => [orderReadOf(shopper), listReadOf(shopper)]),
    ...[OPEN_ORDERS, stranger(() => 0)],
  ];
}

/** Reads a subject, and holds what is answered against what was written. */
export const readOf = ({ read, seenIn, versions }: Subject): Request => ({
  call: read,
  settle({ status, body }, askedAt) {
    const seen = status === 200 ? seenIn(body) : undefined;
    return seen === undefined ? undefined : versions.staleness(seen, askedAt);
  },
});

/** Of the writes. */
const SHARE_OF_ORDERS = 0.05;

/** `undefined` while the subject is being written already. */
function writeOf({ versions, write }: Subject): Request | undefined {
  const version = versions.begin();
  if (version === undefined) return undefined;
  return {
    call: write(version),
    settle({ status }) {
      versions.end(version, status >= 200 && status < 300 ? 'confirmed' : 'unknown');
      return undefined;
    },
  };
}

const orderReadOf = ({ address: from, orderId }: Shopper): Call => ({
  route: 'GET /orders/{orderId}',
  path: `/orders/${orderId}`,
  from,
});
const listReadOf = ({ address: from }: Shopper): Call => ({ route: 'GET /orders', path: '/orders', from });
const OPEN_ORDERS: Call = { route: 'GET /admin/orders', path: '/admin/orders?limit=20' };

const plain = (call: Call): Request => ({ call, settle: () => undefined });
