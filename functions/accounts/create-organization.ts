import * as v from 'valibot';
import { created } from '../../shared/runtime/http-answer.ts';
import { httpFunction } from '../../shared/runtime/http-stack.ts';
import { conflict } from '../../shared/runtime/problem.ts';
import { actingUser } from '../model/caller.ts';
import { organizationKey } from '../model/keys.ts';
import { alreadyMember, membershipItem, NewOrganization } from '../model/organization.ts';
import { userExists } from '../model/organization-steps.ts';
import { create, transact } from '../model/transaction.ts';

const Input = v.object({ body: NewOrganization });

/** `POST /organizations`: the organization and its founder's membership as an admin, both or neither. */
export const handler = await httpFunction(Input, async ({ body: { organization, title } }, event) => {
  const founder = actingUser(event);
  const founded = { organization, title, createdBy: founder, createdAt: new Date().toISOString() };
  await transact(
    userExists(founder),
    create({ ...organizationKey(organization), ...founded }, () =>
      conflict('There is an organization of this name already.'),
    ),
    create(membershipItem({ organization, username: founder, role: 'admin' }), alreadyMember),
  );
  return created(['organizations', organization], founded);
});
