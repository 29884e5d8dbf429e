import { describeOrders } from './suites/orders.ts';

describeOrders('momento');
