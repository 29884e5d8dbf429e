import * as v from 'valibot';
import { openOrders } from '../../cache.config.ts';
import { pageAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { PageQuery } from '../model/fields.ts';

const Input = v.object({ query: PageQuery });

/** `GET /admin/orders`: all that are not completed, newest first. */
export const handler = await readFunction(Input, async (reader, { query }) =>
  pageAnswer(await reader.queryJson(openOrders, {}, query)),
);
