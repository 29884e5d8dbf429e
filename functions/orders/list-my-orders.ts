import * as v from 'valibot';
import { myOrders } from '../../cache.config.ts';
import { pageAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { callerOf } from '../model/caller.ts';
import { PageQuery } from '../model/fields.ts';

const Input = v.object({ query: PageQuery });

/** `GET /orders`: the caller's, newest first. */
export const handler = await readFunction(Input, async (reader, { query }, event) =>
  pageAnswer(await reader.queryJson(myOrders, { createdBy: callerOf(event) }, query)),
);
