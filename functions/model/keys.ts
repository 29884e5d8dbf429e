/**
 * The sample table's keys, as the write path makes them. It knows nothing of a cache: these few lines are what an
 * application has anyway, and `cache.config.ts` describes the same keys in its own words (a test holds the two
 * together).
 *
 * Schema, for the template that creates the table:
 *
 * | index             | partition (S) | sort (S) | projection |
 * | ----------------- | ------------- | -------- | ---------- |
 * | the table         | PK            | SK       |            |
 * | GSI1              | GSI1PK        | GSI1SK   | ALL        |
 * | GSI2 (sparse)     | GSI2PK        | GSI2SK   | ALL        |
 */

/** By creator: every order of one user, by time. */
export const GSI1 = 'GSI1';
/** By kind: orders that are not completed, by time; categories, by name. Items without `GSI2PK` are not in it. */
export const GSI2 = 'GSI2';

/** Partition of `GSI2` that holds the open orders. */
export const OPEN_ORDERS = 'ORDER#OPEN';
/** Partition of `GSI2` that holds the categories. */
export const CATEGORIES = 'CATEGORY';

/** An order's life. It is open, in the sense of `GSI2`, in all but the last. */
export const ORDER_STATUSES = ['OPEN', 'SUBMITTED', 'PROCESSING', 'COMPLETED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export type TableKey = {
  readonly PK: string;
  readonly SK: string;
};

export const userKey = (username: string): TableKey => same(`USER#${username}`);
export const organizationKey = (organization: string): TableKey => same(`ORG#${organization}`);
export const membershipKey = (organization: string, username: string): TableKey => ({
  PK: `ORG#${organization}`,
  SK: `USER#${username}`,
});
export const orderKey = (orderId: string): TableKey => same(`ORDER#${orderId}`);
export const categoryKey = (category: string): TableKey => same(`CATEGORY#${category}`);
export const productKey = (productId: string): TableKey => same(`PRODUCT#${productId}`);

/** Partition of `GSI1` that holds the orders of one user. */
export const creatorPartition = (createdBy: string): string => `CREATOR#${createdBy}`;

/** What an order's index attributes are made of. */
export interface OrderIndexing {
  readonly orderId: string;
  readonly createdBy: string;
  readonly status: OrderStatus;
  /** ISO 8601 in UTC, so that text sorts by time. */
  readonly createdAt: string;
}

export interface OrderIndexAttributes {
  readonly GSI1PK: string;
  readonly GSI1SK: string;
  readonly GSI2PK?: string;
  readonly GSI2SK?: string;
}

/**
 * The index attributes of an order. Write them with every change of the status: a completed order has no `GSI2`
 * attributes (remove them) and so leaves the list of open orders.
 */
export function orderIndexAttributes({ orderId, createdBy, status, createdAt }: OrderIndexing): OrderIndexAttributes {
  const byTime = `${createdAt}#${orderId}`;
  return {
    GSI1PK: creatorPartition(createdBy),
    GSI1SK: byTime,
    ...(status === 'COMPLETED' ? {} : { GSI2PK: OPEN_ORDERS, GSI2SK: byTime }),
  };
}

/** The index attributes of a category. */
export const categoryIndexAttributes = (category: string): { readonly GSI2PK: string; readonly GSI2SK: string } => ({
  GSI2PK: CATEGORIES,
  GSI2SK: category,
});

const same = (value: string): TableKey => ({ PK: value, SK: value });
