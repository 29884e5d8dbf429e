import * as v from 'valibot';
import { forbidden, notFound, type Problem, type ProblemOptions } from '../../shared/runtime/problem.ts';
import { bodyOf, Name, wholeNumber } from './fields.ts';
import { ORDER_STATUSES, type OrderStatus } from './keys.ts';
import type { Attributes } from './table.ts';

const ITEMS_RULE = 'must be a list of 1 to 100 items';
const Items = v.pipe(
  v.array(bodyOf({ productId: Name, quantity: wholeNumber(1, 1_000_000) }), ITEMS_RULE),
  v.minLength(1, ITEMS_RULE),
  v.maxLength(100, ITEMS_RULE),
);

export const OrderPath = v.object({ orderId: Name });
export const OrderItems = bodyOf({ items: Items });
export const StatusChange = bodyOf({
  status: v.picklist(ORDER_STATUSES, `must be one of ${ORDER_STATUSES.join(', ')}`),
});

/** The statuses that may follow each. `COMPLETED` is for good. */
export const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  OPEN: ['SUBMITTED'],
  SUBMITTED: ['OPEN', 'PROCESSING'],
  PROCESSING: ['COMPLETED'],
  COMPLETED: [],
};

/** The statuses that a status may follow. */
export const predecessorsOf = (status: OrderStatus): OrderStatus[] =>
  ORDER_STATUSES.filter((from) => TRANSITIONS[from].includes(status));

/** An order as the API shows it. */
export const orderFrom = ({ orderId, createdBy, status, createdAt, updatedAt, items }: Attributes) => ({
  orderId,
  createdBy,
  status,
  createdAt,
  updatedAt,
  items,
});

export const noSuchOrder = (): Problem => notFound('There is no such order.');
export const notYourOrder = (options?: ProblemOptions): Problem =>
  forbidden('This is the order of somebody else.', options);
