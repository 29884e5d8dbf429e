import { conflict, type Problem } from '../../shared/runtime/problem.ts';
import type { Condition } from './condition.ts';
import { orderKey } from './keys.ts';
import { noSuchOrder, notYourOrder, orderFrom } from './order.ts';
import { type Attributes, updateItem } from './table.ts';

/** What a change of an order is made of. */
export interface OrderChange {
  readonly set: Attributes;
  readonly remove?: readonly string[];
  readonly onlyIf: Condition;
}

/**
 * Changes an order. Each change raises `revision`, by which the cache tells which of two states is the newer.
 *
 * @param refusal why an order that exists may not be changed like this
 * @returns the order as it is now
 * @throws {Problem} of `refusal`; 404 when there is no such order
 */
export async function changeOrder(orderId: string, change: OrderChange, refusal: (order: Attributes) => Problem) {
  const changed = await updateItem(
    orderKey(orderId),
    { ...change, set: { ...change.set, updatedAt: new Date().toISOString() }, add: { revision: 1 } },
    (found) => (found === undefined ? noSuchOrder() : refusal(found)),
  );
  return orderFrom(changed);
}

/**
 * Changes an order that is the caller's own and open.
 *
 * @throws {Problem} 404 when there is none, 403 when it is somebody else's, 409 when it is not open
 */
export const changeOwnOpenOrder = (orderId: string, caller: string, set: Attributes) =>
  changeOrder(orderId, { set, onlyIf: { createdBy: caller, status: 'OPEN' } }, ({ createdBy, status }) =>
    createdBy === caller ? conflict(`The order is ${status}, and only an open one can be changed.`) : notYourOrder(),
  );
