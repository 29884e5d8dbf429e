import * as v from 'valibot';
import type { HttpEvent } from '../../shared/runtime/http-input.ts';
import { badRequest, forbidden } from '../../shared/runtime/problem.ts';
import { Name } from './fields.ts';

/*
 * Who is calling. Where a route has an authorizer, its token says so (the claim `CALLER_CLAIM`, by default `sub`) and
 * nothing else counts: neither address nor header. Without one, which is how the sample is deployed, callers are taken
 * at their word; that is for trying it out, and no protection.
 */

const CLAIM = process.env.CALLER_CLAIM || 'sub';

/** Names the user that a request acts as, on routes without an authorizer. */
const USERNAME_HEADER = 'x-username';

/**
 * The caller's identity, as the creator of orders: the claim, or the source address.
 *
 * @throws {Problem} 403 when an authorizer let the request pass without the claim
 */
export const callerOf = (event: HttpEvent): string => claimOf(event) ?? event.requestContext.http.sourceIp;

/**
 * The user that the caller acts as, in organizations: the claim, or the header `x-username`.
 *
 * @throws {Problem} 403 when an authorizer let the request pass without the claim; 400 without a usable header
 */
export function actingUser(event: HttpEvent): string {
  const claim = claimOf(event);
  if (claim !== undefined) return claim;
  const given = v.safeParse(Name, event.headers[USERNAME_HEADER]);
  if (given.success) return given.output;
  const message = event.headers[USERNAME_HEADER] === undefined ? 'is missing' : given.issues[0].message;
  throw badRequest({ field: USERNAME_HEADER, message });
}

/**
 * Holds a caller to the caller's own account. Without an authorizer nobody knows whose that is, and all pass.
 *
 * @throws {Problem} 403 when the claim names another user
 */
export function checkOwnAccount(event: HttpEvent, username: string): void {
  const claim = claimOf(event);
  if (claim !== undefined && claim !== username) throw forbidden('This is the account of another user.');
}

function claimOf({ requestContext: { authorizer } }: HttpEvent): string | undefined {
  if (!authorizer) return undefined;
  const claim = authorizer.jwt?.claims[CLAIM];
  if (typeof claim === 'string' && claim !== '') return claim;
  throw forbidden(`The token has no claim "${CLAIM}" to tell the caller by.`);
}
