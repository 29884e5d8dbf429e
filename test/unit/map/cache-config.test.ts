import { describe, expect, test } from 'vitest';
import map, {
  category,
  membership,
  myOrders,
  openOrders,
  order,
  organization,
  product,
  user,
} from '../../../cache.config.ts';
import {
  categoryKey,
  membershipKey,
  ORDER_STATUSES,
  type OrderStatus,
  orderIndexAttributes,
  orderKey,
  organizationKey,
  productKey,
  userKey,
} from '../../../functions/model/keys.ts';

test('the sample map gives nothing to warn of', () => {
  expect(map.warnings).toEqual([]);
});

describe('the write path and the map agree on every key', () => {
  const hostile = 'a#b%/é\n💥';
  test.each([
    [userKey(hostile), user.key({ username: hostile }), 'user'],
    [organizationKey(hostile), organization.key({ organization: hostile }), 'organization'],
    [membershipKey(hostile, 'USER#x'), membership.key({ organization: hostile, username: 'USER#x' }), 'membership'],
    [orderKey(hostile), order.key({ orderId: hostile }), 'order'],
    [categoryKey(hostile), category.key({ category: hostile }), 'category'],
    [productKey(hostile), product.key({ productId: hostile }), 'product'],
  ])('%j', (written, read, name) => {
    expect(read).toEqual(written);
    expect(map.match({ ...written })).toMatchObject({ kind: 'entity', entity: { name } });
  });
});

describe('orders and their lists', () => {
  const image = (status: OrderStatus) => ({
    orderId: 'o1',
    createdBy: 'alice',
    status,
    createdAt: '2026-11-20T10:00:00.000Z',
    updatedAt: '2026-11-20T10:00:00.000Z',
    ...orderIndexAttributes({ orderId: 'o1', createdBy: 'alice', status, createdAt: '2026-11-20T10:00:00.000Z' }),
  });

  test.each(ORDER_STATUSES)('an order that is %s is in the list of open orders unless it is completed', (status) => {
    expect(openOrders.by(image(status), 'order')).toEqual(status === 'COMPLETED' ? [] : [{}]);
  });

  test("an order is in its creator's list, and the query asks for the partition that the write path fills", () => {
    const [params] = myOrders.by(image('OPEN'), 'order');
    expect(params).toEqual({ createdBy: 'alice' });
    expect(myOrders.query({ createdBy: 'alice' }).ExpressionAttributeValues).toEqual({
      ':creator': image('OPEN').GSI1PK,
    });
    expect(openOrders.query({}).ExpressionAttributeValues).toEqual({ ':open': image('OPEN').GSI2PK });
  });

  test('an order without a creator is not understood, rather than listed nowhere', () => {
    expect(() => myOrders.by({ orderId: 'o1' }, 'order')).toThrow("the attribute 'createdBy' is missing");
    expect(() => order.project({ orderId: 'o1' })).toThrow("the attribute 'createdBy' is missing");
  });

  test('keys and index attributes stay out of what is cached', () => {
    expect(Object.keys(order.project({ ...orderKey('o1'), ...image('OPEN'), revision: 3 })).sort()).toEqual([
      'createdAt',
      'createdBy',
      'items',
      'orderId',
      'status',
      'updatedAt',
    ]);
    expect(order.versionOf({ revision: 3 })).toBe(3);
  });
});
