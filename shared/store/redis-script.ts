import { createHash } from 'node:crypto';
import type { RedisArgument } from '@redis/client';
import { identityLength } from '../entry/identity.ts';

/**
 * Sets a key where its value begins with what is expected and is as long as expected; answers 1 if it did.
 *
 * For an entry of ours the header line is enough to compare: its nonce is new on every write. Bytes that are somebody
 * else's are compared whole. That is why this is a script and not the server's own `SET … IFEQ` (Valkey 8.1, Redis
 * 8.4): there the whole expected value would travel with each write, and a script runs on every release.
 *
 * `XX` tells an empty value from none. An expired key is one that is not there, also within a script.
 */
const SET_IF_UNCHANGED = `
if redis.call('STRLEN', KEYS[1]) ~= tonumber(ARGV[2]) then return 0 end
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
if redis.call('SET', KEYS[1], ARGV[3], 'XX', 'PX', ARGV[4]) then return 1 end
return 0
`;

const SHA1 = createHash('sha1').update(SET_IF_UNCHANGED).digest('hex');

/**
 * Runs the script by its hash; sends its text to a server that does not have it yet, or not any more (after a restart
 * or a failover).
 *
 * @param send sends one command
 * @returns whether the value was written
 */
export async function setIfUnchanged(
  send: (args: readonly RedisArgument[]) => Promise<unknown>,
  key: string,
  value: Buffer,
  expected: Buffer,
  lifetime: string,
): Promise<boolean> {
  const identity = expected.subarray(0, identityLength(expected));
  const rest = ['1', key, identity, String(expected.length), value, lifetime];
  try {
    return (await send(['EVALSHA', SHA1, ...rest])) === 1;
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return (await send(['EVAL', SET_IF_UNCHANGED, ...rest])) === 1;
  }
}
