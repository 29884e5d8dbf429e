import * as v from 'valibot';
import { user } from '../../cache.config.ts';
import { itemAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { UserPath } from '../model/user.ts';

const Input = v.object({ path: UserPath });

/** `GET /users/{username}` */
export const handler = await readFunction(Input, async (reader, { path }) =>
  itemAnswer(await reader.getJson(user, path), 'user'),
);
