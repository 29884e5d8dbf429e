import * as v from 'valibot';
import { created } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { conflict } from '../../shared/runtime/problem.ts';
import { checkOwnAccount } from '../model/caller.ts';
import { userKey } from '../model/keys.ts';
import { createItem } from '../model/table.ts';
import { NewUser } from '../model/user.ts';

const Input = v.object({ body: NewUser });

/** `POST /users`: a user that must not exist. */
export const handler = await httpFunction(Input, async ({ body: user }, event) => {
  checkOwnAccount(event, user.username);
  await createItem({ ...userKey(user.username), ...user }, () => conflict('There is a user of this name already.'));
  return created(['users', user.username], user);
});
