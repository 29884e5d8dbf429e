/**
 * How many of the first bytes tell a stored value from every other one of the same length under its key: the header
 * line of an entry, whose nonce is new on every write, or all of the bytes where they are not an entry of ours.
 *
 * A store that compares by this much, and by the length, sends and compares a hundred bytes instead of a whole item.
 */
export function identityLength(bytes: Uint8Array): number {
  const newline = bytes.indexOf(NEWLINE);
  if (newline === -1) return bytes.length;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, newline).toString('latin1');
  return /^1 [a-z]+ n=[0-9a-f]{16} /.test(header) ? newline + 1 : bytes.length;
}

const NEWLINE = 0x0a;
