import * as v from 'valibot';
import { noContent } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { conflict } from '../../shared/runtime/problem.ts';
import { actingUser } from '../model/caller.ts';
import { EXISTS } from '../model/condition.ts';
import { membershipKey } from '../model/keys.ts';
import { MemberPath, noSuchMember } from '../model/organization.ts';
import { callerIsAdmin } from '../model/organization-steps.ts';
import { remove, transact } from '../model/transaction.ts';

const Input = v.object({ path: MemberPath });

/**
 * `DELETE /organizations/{organization}/members/{username}`: an admin may, and members themselves.
 *
 * An admin is removed by another one, never by oneself: so there is always one left, also when two remove each other
 * at the same moment, and nobody needs to be counted.
 */
export const handler = await httpFunction(Input, async ({ path: { organization, username } }, event) => {
  const caller = actingUser(event);
  const target = membershipKey(organization, username);
  if (caller === username) {
    await transact(remove(target, { role: 'member' }, (found) => (found === undefined ? noSuchMember() : lastAdmin())));
  } else {
    await transact(callerIsAdmin(organization, caller), remove(target, EXISTS, noSuchMember));
  }
  return noContent();
});

const lastAdmin = () => conflict('An organization keeps an admin: have another admin remove you.');
