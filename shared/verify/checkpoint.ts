import * as v from 'valibot';
import { SegmentPositionSchema } from '../scan/segments.ts';
import { CheckpointError } from '../warm/checkpoint.ts';
import { TallySchema } from './tally.ts';

/** Where a run of verify stands. It is JSON, and names keys: it is not for logs. */
export type VerifyCheckpoint = v.InferOutput<typeof CheckpointSchema>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const CheckpointSchema = v.strictObject({
  format: v.literal(1),
  /** Fingerprint of the table, the cache and the cache map. */
  of: v.string(),
  segments: v.pipe(v.array(SegmentPositionSchema), v.minLength(1)),
  tally: TallySchema,
  /** Items that are none of the cache map's. */
  unmapped: count,
  /** Entries that disagreed and have to be looked at again, as `encodeSample` writes them. */
  waiting: v.array(v.string()),
});

/**
 * Reads a checkpoint that was stored as JSON.
 *
 * @throws {CheckpointError} when it is none; it quotes nothing, since where a segment stands is a key
 */
export function readVerifyCheckpoint(value: unknown): VerifyCheckpoint {
  const result = v.safeParse(CheckpointSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CheckpointError(`This is not a checkpoint of verify: ${v.getDotPath(issue) ?? 'it'} is not as expected.`);
}
