import * as v from 'valibot';
import { notFound, type Problem } from '../../shared/runtime/problem.ts';
import { bodyOf, Name, text } from './fields.ts';

const EMAIL_RULE = 'must be an e-mail address of at most 254 characters';
const Email = v.pipe(v.string(EMAIL_RULE), v.maxLength(254, EMAIL_RULE), v.email(EMAIL_RULE));

const details = { firstName: text(100), lastName: text(100), email: Email };

export const UserPath = v.object({ username: Name });
export const NewUser = bodyOf({ username: Name, ...details });
export const UserChanges = v.pipe(
  v.partial(bodyOf(details)),
  v.check((changes) => Object.keys(changes).length > 0, 'must name a field to change'),
);

/** A user as the API shows it. */
export const userFrom = ({ username, firstName, lastName, email }: Readonly<Record<string, unknown>>) => ({
  username,
  firstName,
  lastName,
  email,
});

export const noSuchUser = (): Problem => notFound('There is no such user.');
