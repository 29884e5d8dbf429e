import { describe, expect, test } from 'vitest';
import { organizationKey } from '../../../functions/model/keys.ts';
import type { LocalStore } from '../../../local/start/cache.ts';
import { documentedAnswers } from '../../support/documented-answers.ts';
import { describeWithJava } from '../../support/java.ts';
import { useStack } from '../../support/stack.ts';
import { changeItem, removeItem } from '../../support/table-changes.ts';
import { answersUntil, answerThat, outcomes, untilClocksAgree } from '../../support/waiting.ts';

/** The accounts of the sample, on a stack whose cache is in a store. */
export function describeAccounts(store: LocalStore): void {
  describeWithJava(`accounts on ${store}, from HTTP to the stream and back`, { timeout: 60_000 }, () => {
    const sample = useStack({ store });
    const { call, get } = sample;

    describe.concurrent('through the cache', () => {
      test('a user is absent, then created, changed and deleted, and no reader ever misses again', async () => {
        const read = () => get('/users/ada');
        expect(await read()).toMatchObject({ status: 404, cache: 'miss' });
        expect(await read()).toMatchObject({ status: 404, cache: 'absent' });
        await untilClocksAgree();

        expect(await call('POST /users', { body: userNamed('ada') })).toMatchObject({ status: 201 });
        const untilCreated = await answersUntil(read, ({ status }) => status === 200);
        expect(outcomes(untilCreated)).not.toContain('miss');
        expect(untilCreated.at(-1)).toMatchObject({ cache: 'hit', body: userNamed('ada') });

        const change = { lastName: 'Lovelace' };
        expect(await call('PATCH /users/ada', { body: change })).toMatchObject({ status: 200, body: change });
        const untilChanged = await answersUntil(read, ({ body }) => body.lastName === 'Lovelace');
        expect(outcomes(untilChanged)).toEqual(['hit']);

        expect(await call('DELETE /users/ada')).toMatchObject({ status: 204, body: '' });
        const untilDeleted = await answersUntil(read, ({ status }) => status === 404);
        expect(outcomes(untilDeleted).at(-1)).toBe('absent');
        expect(outcomes(untilDeleted)).not.toContain('miss');
      });

      test('a user that was cached by a reader is a hit, also with a new value after a change', async () => {
        await call('POST /users', { body: userNamed('brook') });
        await sample.stack.poller.drained();
        const read = () => get('/users/brook');
        await answersUntil(read, ({ cache }) => cache === 'hit');
        await untilClocksAgree();

        await call('PATCH /users/brook', { body: { email: 'brook@example.org' } });

        const answers = await answersUntil(read, ({ body }) => body.email === 'brook@example.org');
        expect(outcomes(answers)).toEqual(['hit']);
      });

      test('an organization is absent, then a hit, and follows whoever else changes the table', async () => {
        await call('POST /users', { body: userNamed('fay') });
        const read = () => get('/organizations/followed');
        expect(await read()).toMatchObject({ status: 404, cache: 'miss' });
        expect(await read()).toMatchObject({ status: 404, cache: 'absent' });
        await untilClocksAgree();

        const body = { organization: 'followed', title: 'Followed' };
        expect(await call('POST /organizations', { as: 'fay', body })).toMatchObject({ status: 201 });
        const untilFounded = await answersUntil(read, ({ status }) => status === 200);
        expect(outcomes(untilFounded)).not.toContain('miss');
        expect(untilFounded.at(-1)).toMatchObject({ cache: 'hit', body: { ...body, createdBy: 'fay' } });

        await changeItem(sample.stack, organizationKey('followed'), { title: 'Renamed' });
        const untilRenamed = await answersUntil(read, ({ body }) => body.title === 'Renamed');
        expect(outcomes(untilRenamed)).toEqual(['hit']);

        await removeItem(sample.stack, organizationKey('followed'));
        const untilGone = await answersUntil(read, ({ status }) => status === 404);
        expect(outcomes(untilGone)).not.toContain('miss');
        expect(outcomes(untilGone).at(-1)).toBe('absent');
      });

      test('a member who is removed is gone from the membership, and can no longer act', async () => {
        await foundOrganization('club', 'olga');
        await call('POST /users', { body: userNamed('pete') });
        await call('POST /users', { body: userNamed('quin') });
        const read = () => get('/organizations/club/members/pete');
        expect(await read()).toMatchObject({ status: 404, cache: 'miss' });
        expect(await read()).toMatchObject({ status: 404, cache: 'absent' });

        const pete = { username: 'pete', role: 'admin' };
        const members = 'POST /organizations/club/members';
        expect(await call(members, { as: 'olga', body: pete })).toMatchObject({ status: 201 });
        const added = await answersUntil(read, ({ status, cache }) => status === 200 && cache === 'hit');
        expect(added.at(-1)?.body).toEqual({ organization: 'club', ...pete });
        expect(await call(members, { as: 'pete', body: { username: 'quin' } })).toMatchObject({ status: 201 });

        expect(await call('DELETE /organizations/club/members/pete', { as: 'olga' })).toMatchObject({ status: 204 });
        // At once, whatever the cache still says: the write checks it on the table.
        const other = 'DELETE /organizations/club/members/quin';
        expect(await call(other, { as: 'pete' })).toMatchObject({ status: 403 });
        const removed = await answersUntil(read, ({ status, cache }) => status === 404 && cache === 'absent');
        expect(outcomes(removed.filter(({ status }) => status === 404))).toEqual(['miss', 'absent']);
        expect(await call(members, { as: 'pete', body: { username: 'pete' } })).toMatchObject({ status: 403 });
      });

      test('a user is created once, and must be there to be changed or deleted', async () => {
        expect(await call('POST /users', { body: userNamed('una') })).toMatchObject({ status: 201 });
        expect(await call('POST /users', { body: userNamed('una') })).toMatchObject({ status: 409 });
        expect(await call('PATCH /users/nobody', { body: { lastName: 'X' } })).toMatchObject({ status: 404 });
        expect(await call('DELETE /users/nobody')).toMatchObject({ status: 404 });
        const created = await call('POST /users', { body: userNamed('vera') });
        expect(created.headers.get('location')).toBe('/users/vera');
      });

      test('only admins add and remove members, and none of what is named may be missing', async () => {
        await foundOrganization('guild', 'gina');
        await call('POST /users', { body: userNamed('hugo') });
        const add = (as: string, username: string, organization = 'guild') =>
          call(`POST /organizations/${organization}/members`, { as, body: { username } });
        const remove = (as: string, username: string) =>
          call(`DELETE /organizations/guild/members/${username}`, { as });

        const again = { organization: 'guild', title: 'Again' };
        expect(await call('POST /organizations', { as: 'hugo', body: again })).toMatchObject({ status: 409 });
        const orphan = { organization: 'orphan', title: 'Orphan' };
        expect(await call('POST /organizations', { as: 'nobody', body: orphan })).toMatchObject({ status: 404 });
        expect(await add('hugo', 'nobody')).toMatchObject({ status: 403 });
        expect(await add('gina', 'nobody')).toMatchObject({ status: 404, body: { detail: 'There is no such user.' } });
        expect(await add('gina', 'hugo', 'none')).toMatchObject({
          status: 404,
          body: { detail: 'There is no such organization.' },
        });
        expect(await add('gina', 'hugo')).toMatchObject({ status: 201 });
        expect(await add('gina', 'hugo')).toMatchObject({ status: 409 });
        expect(await remove('hugo', 'gina')).toMatchObject({ status: 403 });
        expect(await remove('gina', 'gina')).toMatchObject({ status: 409 });
        expect(await remove('gina', 'nobody')).toMatchObject({ status: 404 });
        expect(await remove('hugo', 'hugo')).toMatchObject({ status: 204 });
      });

      test.each([
        ['POST /users', { body: { ...userNamed('x'), email: undefined } }, 'email'],
        ['GET /users/a%23b', {}, 'username'],
        ['PATCH /users/una', { body: { nickname: 'U' } }, 'nickname'],
        ['DELETE /users/a%20b', {}, 'username'],
        ['POST /organizations', { as: 'una', body: { organization: 'a/b', title: 'T' } }, 'organization'],
        ['POST /organizations', { body: { organization: 'ab', title: 'T' } }, 'x-username'],
        ['GET /organizations/a%23b', {}, 'organization'],
        ['POST /organizations/guild/members', { as: 'una', body: { username: 'una', role: 'king' } }, 'role'],
        ['GET /organizations/guild/members/a%2Fb', {}, 'username'],
        ['DELETE /organizations/guild/members/a%23b', { as: 'una' }, 'username'],
      ])('%s with %j is a 400 that names the field', async (route, request, field) => {
        const { status, body } = await call(route, request);
        expect(status).toBe(400);
        expect(body.errors).toEqual([{ field, message: expect.any(String) }]);
      });
    });

    test('every answer that is documented was given, and no other', () => {
      expect([...sample.answered].sort()).toEqual(documentedAnswers('Accounts').sort());
    });

    test('nothing went wrong that nobody was told of', () => {
      expect(sample.errors).toEqual([]);
    });

    async function foundOrganization(organization: string, founder: string): Promise<void> {
      await call('POST /users', { body: userNamed(founder) });
      const body = { organization, title: organization };
      expect(await call('POST /organizations', { as: founder, body })).toMatchObject({ status: 201 });
      await answerThat(
        () => get(`/organizations/${organization}`),
        ({ cache }) => cache === 'hit',
      );
    }
  });
}

const userNamed = (username: string) => ({
  username,
  firstName: 'First',
  lastName: 'Last',
  email: `${username}@example.com`,
});
