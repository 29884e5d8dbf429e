import * as v from 'valibot';
import { membership } from '../../cache.config.ts';
import { itemAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { MemberPath } from '../model/organization.ts';

const Input = v.object({ path: MemberPath });

/** `GET /organizations/{organization}/members/{username}` */
export const handler = await readFunction(Input, async (reader, { path }) =>
  itemAnswer(await reader.getJson(membership, path), 'member'),
);
