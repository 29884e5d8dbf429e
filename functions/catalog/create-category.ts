import * as v from 'valibot';
import { jsonAnswer } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { conflict } from '../../shared/runtime/problem.ts';
import { NewCategory } from '../model/catalog.ts';
import { categoryIndexAttributes, categoryKey } from '../model/keys.ts';
import { createItem } from '../model/table.ts';

const Input = v.object({ body: NewCategory });

/** `POST /categories`: a category that must not exist. */
export const handler = await httpFunction(Input, async ({ body }) => {
  const item = { ...categoryKey(body.category), ...categoryIndexAttributes(body.category), ...body };
  await createItem(item, () => conflict('There is a category of this name already.'));
  // Without a location: categories have no address of their own.
  return jsonAnswer(201, JSON.stringify(body));
});
