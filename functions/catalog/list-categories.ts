import * as v from 'valibot';
import { categories } from '../../cache.config.ts';
import { pageAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { PageQuery } from '../model/fields.ts';

const Input = v.object({ query: PageQuery });

/** `GET /categories`: by name. */
export const handler = await readFunction(Input, async (reader, { query }) =>
  pageAnswer(await reader.queryJson(categories, {}, query)),
);
