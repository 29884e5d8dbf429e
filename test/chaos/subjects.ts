import * as map from '../../cache.config.ts';
import { productAttributes } from '../../functions/model/catalog.ts';
import {
  categoryIndexAttributes,
  categoryKey,
  membershipKey,
  ORDER_STATUSES,
  orderIndexAttributes,
  orderKey,
  organizationKey,
  productKey,
  type TableKey,
  userKey,
} from '../../functions/model/keys.ts';
import { membershipItem } from '../../functions/model/organization.ts';
import type { AnyCollection, CollectionParams } from '../../shared/map/collection.ts';
import type { AnyEntity } from '../../shared/map/entity.ts';

/** One item of the table, whose every state says which one it is. */
export interface Subject {
  readonly entity: AnyEntity;
  readonly params: Readonly<Record<string, string>>;
  readonly key: TableKey;
  /** The attributes of a version, beside the key. Its mark is in what the entity projects. */
  item(version: number): Readonly<Record<string, unknown>>;
  /** The route that shows it, where there is one. */
  readonly path: string | undefined;
  /** Address or user that the route shows it to. */
  readonly owner: string | undefined;
}

/** One parameter set of a collection, and the subjects that it may show. */
export interface List {
  readonly collection: AnyCollection;
  readonly params: CollectionParams;
  readonly subjects: readonly Subject[];
  /** Whether a version of a subject, that exists, is in the list. */
  shows(version: number): boolean;
  readonly path: string;
  readonly owner: string | undefined;
}

/** The text by which a version is recognised in an item, an entry, a page or an HTTP body. */
export const markOf = (version: number): string => `v${version}`;

/** The version that a value, or the JSON of one, is of; `undefined` where it bears no mark. */
export function versionIn(value: unknown): number | undefined {
  const [, version] = /"v(\d+)"/.exec(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')) ?? [];
  return version === undefined ? undefined : Number(version);
}

const count = <Made>(howMany: number, make: (i: number) => Made): Made[] =>
  Array.from({ length: howMany }, (_, i) => make(i));

const users = count(30, (i): Subject => {
  const username = `user-${i}`;
  return {
    entity: map.user,
    params: { username },
    key: userKey(username),
    item: (version) => ({ username, firstName: 'F', lastName: markOf(version), email: 'f@example.com' }),
    path: `/users/${username}`,
    owner: undefined,
  };
});

const organizations = count(15, (i): Subject => {
  const organization = `organization-${i}`;
  return {
    entity: map.organization,
    params: { organization },
    key: organizationKey(organization),
    item: (version) => ({ organization, title: markOf(version), createdBy: 'user-0', createdAt: CREATED_AT }),
    path: `/organizations/${organization}`,
    owner: undefined,
  };
});

const memberships = count(30, (i): Subject => {
  const params = { organization: `organization-${i % 5}`, username: `user-${i}` };
  return {
    entity: map.membership,
    params,
    key: membershipKey(params.organization, params.username),
    // No role that there is; nobody acts on it here.
    item: (version) => ({ ...membershipItem({ ...params, role: 'member' }), role: markOf(version) }),
    path: `/organizations/${params.organization}/members/${params.username}`,
    owner: undefined,
  };
});

const CREATORS = 8;
const creatorOf = (i: number): string => `198.51.100.${i % CREATORS}`;

const orders = count(40, (i): Subject => {
  const orderId = `order-${String(i).padStart(2, '0')}`;
  const createdBy = creatorOf(i);
  return {
    entity: map.order,
    params: { orderId },
    key: orderKey(orderId),
    item: (version) => {
      const status = statusOf(version);
      const order = { orderId, createdBy, status, createdAt: CREATED_AT };
      const items = [{ productId: markOf(version), quantity: 1 }];
      // The revision rises with every write, also when an order is removed and created again.
      return { ...order, updatedAt: CREATED_AT, items, ...orderIndexAttributes(order), revision: version };
    },
    path: `/orders/${orderId}`,
    owner: createdBy,
  };
});

const categories = count(12, (i): Subject => {
  const category = `category-${String(i).padStart(2, '0')}`;
  return {
    entity: map.category,
    params: { category },
    key: categoryKey(category),
    item: (version) => ({ category, title: markOf(version), ...categoryIndexAttributes(category) }),
    path: undefined,
    owner: undefined,
  };
});

const products = count(30, (i): Subject => {
  const productId = `product-${i}`;
  return {
    entity: map.product,
    params: { productId },
    key: productKey(productId),
    item: (version) => productAttributes(productId, { title: markOf(version), price: 1.5, tags: ['new', 'red'] }),
    path: `/products/${productId}`,
    owner: undefined,
  };
});

/** Every key of every entity of the map. In turns, so that each entity has some of the first ones. */
export const SUBJECTS: readonly Subject[] = [users, organizations, memberships, orders, categories, products]
  .flatMap((subjects) => subjects.map((subject, turn) => ({ subject, turn })))
  .sort((a, b) => a.turn - b.turn)
  .map(({ subject }) => subject);

/** Every parameter set of every collection of the map. */
export const LISTS: readonly List[] = [
  ...count(
    CREATORS,
    (i): List => ({
      collection: map.myOrders,
      params: { createdBy: creatorOf(i) },
      subjects: orders.filter(({ owner }) => owner === creatorOf(i)),
      shows: () => true,
      path: '/orders',
      owner: creatorOf(i),
    }),
  ),
  {
    collection: map.openOrders,
    params: {},
    subjects: orders,
    shows: (version) => statusOf(version) !== 'COMPLETED',
    path: '/admin/orders',
    owner: undefined,
  },
  {
    collection: map.categories,
    params: {},
    subjects: categories,
    shows: () => true,
    path: '/categories',
    owner: undefined,
  },
];

/** The subject that an element of a list is of. */
export const subjectOf = (list: List, element: unknown): Subject | undefined =>
  list.subjects.find(({ params }) => Object.entries(params).every(([name, value]) => Object(element)[name] === value));

function statusOf(version: number): (typeof ORDER_STATUSES)[number] {
  return ORDER_STATUSES[version % ORDER_STATUSES.length] ?? 'OPEN';
}

const CREATED_AT = '2026-11-20T10:00:00.000Z';
