import type { Duration } from '../time.ts';
import type { AuditSample } from './audit-sample.ts';
import { type Look, type LookDependencies, look, mend } from './look.ts';

/** What an audit came to. */
export type AuditFinding =
  | Exclude<Look, { kind: 'stale' }>
  /** It was stale for `age` at most, and was tombstoned. */
  | { readonly kind: 'stale'; readonly age: Duration };

/**
 * Looks at one entry, and mends it if it is stale.
 *
 * @throws {StoreError} and the table's errors: the look has to be repeated
 */
export async function audit(sample: AuditSample, dependencies: LookDependencies): Promise<AuditFinding> {
  const found = await look(sample, dependencies);
  if (found.kind !== 'stale') return found;
  await mend(found.key, dependencies);
  return { kind: 'stale', age: found.age };
}
