import * as v from 'valibot';
import { created } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { actingUser } from '../model/caller.ts';
import { alreadyMember, membershipItem, NewMember, notAnAdmin, OrganizationPath } from '../model/organization.ts';
import { callerIsAdmin, organizationExists, userExists } from '../model/organization-steps.ts';
import { create, transact } from '../model/transaction.ts';

const Input = v.object({ path: OrganizationPath, body: NewMember });

/** `POST /organizations/{organization}/members`: only an admin may. */
export const handler = await httpFunction(Input, async ({ path: { organization }, body }, event) => {
  const caller = actingUser(event);
  // Whoever is an admin is a member already; and a transaction cannot hold two steps on one item.
  if (caller === body.username) throw notAnAdmin();
  const membership = { organization, ...body };
  await transact(
    organizationExists(organization),
    callerIsAdmin(organization, caller),
    userExists(body.username),
    create(membershipItem(membership), alreadyMember),
  );
  return created(['organizations', organization, 'members', body.username], membership);
});
