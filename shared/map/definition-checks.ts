import { TOMBSTONE_TTL } from '../protocol.ts';
import type { Duration } from '../time.ts';
import { MapDefinitionError } from './errors.ts';

/** @throws {MapDefinitionError} unless the name can stand in a cache key as it is */
export function checkName(kind: 'entity' | 'collection', name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new MapDefinitionError(
    `${kind} ${JSON.stringify(name)}`,
    "the name is not usable; give 1 to 64 letters, digits, '-', '_' or '.', a letter first",
  );
}

/** @throws {MapDefinitionError} unless the version is 1, 2, 3, … */
export function checkVersion(version: number, culprit: string): void {
  if (Number.isSafeInteger(version) && version >= 1) return;
  throw new MapDefinitionError(culprit, `version is ${version}; give a whole number from 1`);
}

/**
 * A TTL in whole seconds (the stores round or refuse fractions) and no shorter than a tombstone's: the protocol relies
 * on every entry living that long.
 *
 * @throws {MapDefinitionError} for any other
 */
export function checkTtl(option: 'ttl' | 'absentTtl', ttl: Duration, culprit: string): void {
  checkDuration(option, ttl, culprit);
  if (ttl % 1_000 !== 0) {
    throw new MapDefinitionError(culprit, `${option} is ${ttl} ms; the stores keep whole seconds`);
  }
  if (ttl < TOMBSTONE_TTL) {
    throw new MapDefinitionError(
      culprit,
      `${option} is ${ttl / 1_000} s; entries must live at least as long as a tombstone, ${TOMBSTONE_TTL / 1_000} s`,
    );
  }
}

/** @throws {MapDefinitionError} unless it is a finite length of time, as `seconds()` makes it */
export function checkDuration(option: string, duration: Duration, culprit: string): void {
  if (Number.isSafeInteger(duration) && duration >= 0) return;
  throw new MapDefinitionError(culprit, `${option} is ${String(duration)}; give a duration such as seconds(60)`);
}

/** @throws {MapDefinitionError} unless the value is one of those allowed */
export function checkOneOf(option: string, value: string, allowed: readonly string[], culprit: string): void {
  if (allowed.includes(value)) return;
  throw new MapDefinitionError(
    culprit,
    `${option} is ${JSON.stringify(value)}; give ${allowed.map((one) => `'${one}'`).join(' or ')}`,
  );
}

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
