import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { SegmentPositionSchema } from '../scan/segments.ts';
import { TallySchema } from './tally.ts';

/** Where a warm run stands. It is JSON; a run that is given it continues there. */
export type Checkpoint = v.InferOutput<typeof CheckpointSchema>;

const CheckpointSchema = v.strictObject({
  format: v.literal(1),
  /** Fingerprint of what is warmed from what. */
  of: v.string(),
  /** How far each segment of the table has been read, or how many keys of the list are done. */
  position: v.union([
    v.strictObject({ segments: v.pipe(v.array(SegmentPositionSchema), v.minLength(1)) }),
    v.strictObject({ keys: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  ]),
  tally: TallySchema,
});

/** What was to be continued is not a checkpoint, or one of another run. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/**
 * Reads a checkpoint that was stored as JSON.
 *
 * @throws {CheckpointError} when it is none; it quotes nothing, since where a segment stands is a key
 */
export function readCheckpoint(value: unknown): Checkpoint {
  const result = v.safeParse(CheckpointSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CheckpointError(
    `This is not a checkpoint of a warm run: ${v.getDotPath(issue) ?? 'it'} is not as expected.`,
  );
}

/** A short name for what a run works on. Two runs have the same exactly when one can continue the other. */
export function fingerprint(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
