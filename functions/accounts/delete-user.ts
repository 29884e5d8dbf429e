import * as v from 'valibot';
import { noContent } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { checkOwnAccount } from '../model/caller.ts';
import { userKey } from '../model/keys.ts';
import { deleteItem } from '../model/table.ts';
import { noSuchUser, UserPath } from '../model/user.ts';

const Input = v.object({ path: UserPath });

/** `DELETE /users/{username}`: the user alone; memberships and orders are records of their own, and stay. */
export const handler = await httpFunction(Input, async ({ path: { username } }, event) => {
  checkOwnAccount(event, username);
  await deleteItem(userKey(username), noSuchUser);
  return noContent();
});
