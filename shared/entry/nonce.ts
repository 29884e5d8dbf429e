import { randomFillSync } from 'node:crypto';

/** 64 random bits as 16 lowercase hex digits, new on every write: no two writes of an entry are the same bytes. */
export type Nonce = string;

/** Whether a text has the form of a {@link Nonce}. */
export const isNonce = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

/**
 * A fresh nonce from the system's secure generator, drawn in batches because one draw costs more than everything else
 * that an encoded entry needs.
 *
 * The first batch is drawn on first use, not when the module loads: environments that are restored from one snapshot
 * of an initialised process must not hand out the same nonces, which compare-and-set would take for the same write.
 */
export function newNonce(): Nonce {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += NONCE_BYTES;
  return pool.toString('hex', used - NONCE_BYTES, used);
}

const NONCE_BYTES = 8;
const pool = Buffer.alloc(256 * NONCE_BYTES);
let used = pool.length;
