import * as v from 'valibot';
import { conflict, forbidden, notFound, type Problem } from '../../shared/runtime/problem.ts';
import { bodyOf, Name, text } from './fields.ts';
import { membershipKey } from './keys.ts';

const ROLES = ['member', 'admin'] as const;

export const OrganizationPath = v.object({ organization: Name });
export const NewOrganization = bodyOf({ organization: Name, title: text(200) });

export const MemberPath = v.object({ organization: Name, username: Name });
export const NewMember = bodyOf({
  username: Name,
  role: v.optional(v.picklist(ROLES, `must be one of ${ROLES.join(', ')}`), 'member'),
});

export type Membership = { readonly organization: string } & v.InferOutput<typeof NewMember>;

/** The item of a membership. */
export const membershipItem = (membership: Membership) => ({
  ...membershipKey(membership.organization, membership.username),
  ...membership,
});

export const notAnAdmin = (): Problem => forbidden('Only an admin of the organization may do this.');
export const noSuchOrganization = (): Problem => notFound('There is no such organization.');
export const noSuchMember = (): Problem => notFound('There is no such member.');
export const alreadyMember = (): Problem => conflict('The user is a member already.');
