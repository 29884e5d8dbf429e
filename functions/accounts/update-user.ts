import * as v from 'valibot';
import { ok } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { checkOwnAccount } from '../model/caller.ts';
import { userKey } from '../model/keys.ts';
import { updateItem } from '../model/table.ts';
import { noSuchUser, UserChanges, UserPath, userFrom } from '../model/user.ts';

const Input = v.object({ path: UserPath, body: UserChanges });

/** `PATCH /users/{username}`: any of the user's details; those that are left out stay as they are. */
export const handler = await httpFunction(Input, async ({ path: { username }, body }, event) => {
  checkOwnAccount(event, username);
  return ok(userFrom(await updateItem(userKey(username), { set: body }, noSuchUser)));
});
