import { EXISTS } from './condition.ts';
import { membershipKey, organizationKey, userKey } from './keys.ts';
import { noSuchOrganization, notAnAdmin } from './organization.ts';
import { check, type Step } from './transaction.ts';
import { noSuchUser } from './user.ts';

/* What transactions on organizations are held to. */

export const userExists = (username: string): Step => check(userKey(username), EXISTS, noSuchUser);

export const organizationExists = (organization: string): Step =>
  check(organizationKey(organization), EXISTS, noSuchOrganization);

/**
 * Holds a transaction to its caller being an admin when it is made. A membership that was revoked a moment ago never
 * passes, whatever some cache still says.
 */
export const callerIsAdmin = (organization: string, caller: string): Step =>
  check(membershipKey(organization, caller), { role: 'admin' }, notAnAdmin);
