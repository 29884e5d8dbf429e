import pLimit from 'p-limit';
import { isObject } from '../../shared/sync/record.ts';
import { type Call, type Reply, send } from './sample-api.ts';
import { Versions } from './versions.ts';

/** An item that is written in versions, which its readers are answered. */
export interface Subject {
  readonly versions: Versions;
  readonly read: Call;
  write(version: number): Call;
  /** The version in an answer; `undefined` where there is none. */
  seenIn(body: unknown): number | undefined;
}

/** Somebody with an order, and a list of orders. */
export interface Shopper {
  readonly address: string;
  readonly orderId: string;
}

/** What is read and written. */
export interface Population {
  readonly subjects: readonly Subject[];
  readonly shoppers: readonly Shopper[];
  /** Nobody is called that. */
  stranger(random: () => number): Call;
}

/** The sample APIs did not take what the load begins with; the message says what they answered. */
export class PopulationFailed extends Error {
  override readonly name = 'PopulationFailed';
}

/**
 * Writes a first version of everything: users and products in equal parts, and an order for each shopper.
 *
 * @param run tells the items of this load from those of an earlier one, whose versions would be taken for these
 * @throws {PopulationFailed}
 * @throws the reason of `signal` when that ends it
 */
export async function populate(url: string, keys: number, run: string, signal: AbortSignal): Promise<Population> {
  const together = pLimit(WRITES_AT_ONCE);
  const users = Array.from({ length: Math.ceil(keys / 2) }, (_, i) => userSubject(`load-${i}-${run}`));
  const products = Array.from({ length: Math.floor(keys / 2) }, (_, i) => productSubject(`load-${i}-${run}`));
  await Promise.all(
    [...users, ...products].map(({ versions, create }) =>
      together(async () => {
        signal.throwIfAborted();
        const version = versions.begin() ?? 0;
        await required(url, create(version));
        versions.end(version, 'confirmed');
      }),
    ),
  );
  const shoppers = await Promise.all(
    Array.from({ length: Math.ceil(keys / KEYS_PER_SHOPPER) }, (_, i) =>
      together(() => {
        signal.throwIfAborted();
        return newShopper(url, `10.0.${Math.floor(i / 256)}.${i % 256}`);
      }),
    ),
  );
  return {
    // The popular ones are users and products by turns.
    subjects: users.flatMap((user, i) => [user, ...products.slice(i, i + 1)]),
    shoppers,
    stranger: (random) => userCall(`nobody-${Math.floor(random() * STRANGERS)}-${run}`),
  };
}

/** An order of a shopper's. */
export const orderCall = ({ address }: Pick<Shopper, 'address'>): Call => ({
  route: 'POST /orders',
  path: '/orders',
  from: address,
  body: { items: [{ productId: 'teapot', quantity: 1 }] },
});

const WRITES_AT_ONCE = 8;
const KEYS_PER_SHOPPER = 5;
const STRANGERS = 20;

type NewSubject = Subject & { create(version: number): Call };

const userCall = (name: string): Call => ({ route: 'GET /users/{username}', path: `/users/${name}` });

function userSubject(username: string): NewSubject {
  const path = `/users/${username}`;
  const details = (version: number) => ({ lastName: `version ${version}` });
  return {
    versions: new Versions(),
    read: userCall(username),
    create: (version) => ({
      route: 'POST /users',
      path: '/users',
      body: { username, firstName: 'Load', email: 'load@example.com', ...details(version) },
    }),
    write: (version) => ({ route: 'PATCH /users/{username}', path, body: details(version) }),
    seenIn: (body) => versionFrom(isObject(body) ? String(body.lastName).replace('version ', '') : undefined),
  };
}

function productSubject(productId: string): NewSubject {
  const path = `/products/${productId}`;
  const write = (version: number): Call => ({
    route: 'PUT /products/{productId}',
    path,
    body: { title: 'Load', price: version },
  });
  return {
    versions: new Versions(),
    read: { route: 'GET /products/{productId}', path },
    create: write,
    write,
    seenIn: (body) => versionFrom(isObject(body) ? body.price : undefined),
  };
}

function versionFrom(value: unknown): number | undefined {
  const version = Number(value);
  return Number.isSafeInteger(version) ? version : undefined;
}

async function newShopper(url: string, address: string): Promise<Shopper> {
  const { body } = await required(url, orderCall({ address }));
  return { address, orderId: isObject(body) ? String(body.orderId) : '' };
}

async function required(url: string, call: Call): Promise<Reply> {
  const reply = await send(url, call);
  if (reply.status >= 200 && reply.status < 300) return reply;
  const answer = reply.status === 0 ? 'was not answered' : `was answered with ${reply.status}`;
  throw new PopulationFailed(`The load could not begin: ${call.route} ${answer}.`);
}
