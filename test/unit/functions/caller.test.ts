import { expect, test, vi } from 'vitest';
import { actingUser, callerOf, checkOwnAccount } from '../../../functions/model/caller.ts';
import { httpEvent } from '../../support/http-event.ts';

test('without an authorizer, the caller is the source address, and acts as the user of the header', () => {
  const event = httpEvent({ sourceIp: '198.51.100.4', headers: { 'x-username': 'alice' } });
  expect(callerOf(event)).toBe('198.51.100.4');
  expect(actingUser(event)).toBe('alice');
  expect(() => checkOwnAccount(event, 'bob')).not.toThrow();
});

test('with an authorizer nothing but the claim counts', () => {
  const event = httpEvent({ claims: { sub: 'alice' }, headers: { 'x-username': 'bob' } });
  expect(callerOf(event)).toBe('alice');
  expect(actingUser(event)).toBe('alice');
  expect(() => checkOwnAccount(event, 'alice')).not.toThrow();
  expect(() => checkOwnAccount(event, 'bob')).toThrow('account of another');
});

test.each([{}, { sub: '' }, { sub: 7 }])('a token without the claim is refused, not taken for nobody: %j', (claims) => {
  const event = httpEvent({ claims, headers: { 'x-username': 'bob' } });
  for (const identify of [callerOf, actingUser]) {
    expect(() => identify(event)).toThrow(expect.objectContaining({ status: 403 }));
  }
});

test('an authorizer that gives no claims at all is not taken for none', () => {
  const event = httpEvent();
  const requestContext = { ...event.requestContext, authorizer: {} };
  expect(() => callerOf({ ...event, requestContext })).toThrow(expect.objectContaining({ status: 403 }));
});

test('which claim it is can be set', async () => {
  vi.resetModules();
  vi.stubEnv('CALLER_CLAIM', 'username');
  const caller = await import('../../../functions/model/caller.ts');
  expect(caller.callerOf(httpEvent({ claims: { sub: '1', username: 'alice' } }))).toBe('alice');
  vi.unstubAllEnvs();
});
