import * as v from 'valibot';
import { MOST_SIDE_BY_SIDE } from '../scan/segments.ts';
import { type Checkpoint, readCheckpoint } from '../warm/checkpoint.ts';
import { KeyRowSchema } from '../warm/key-rows.ts';

/** What the warm function is asked to do. */
export type WarmRequest = Omit<v.InferOutput<typeof WarmEventSchema>, 'checkpoint'> & {
  readonly checkpoint: Checkpoint | undefined;
};

/** What an invocation came to. */
export interface WarmAnswer {
  /** `false`: its time was up. Invoke the function again with the same event, and this checkpoint in it. */
  readonly finished: boolean;
  readonly checkpoint: Checkpoint;
  /** How many of the `keys` name no key. */
  readonly unusable: number;
}

/** The event is not one for the warm function. */
export class WarmEventError extends Error {
  override readonly name = 'WarmEventError';
}

/**
 * Reads the event of the warm function. Everything may be left out: `{}` warms the whole table.
 *
 * @throws {WarmEventError} that names the property which is wrong
 * @throws {CheckpointError} when `checkpoint` is none
 */
export function readWarmEvent(event: unknown): WarmRequest {
  const result = v.safeParse(WarmEventSchema, event);
  if (!result.success) {
    const [issue] = result.issues;
    throw new WarmEventError(
      `The event of the warm function is wrong: ${v.getDotPath(issue) ?? 'it'} ${issue.message}`,
    );
  }
  const { checkpoint, ...request } = result.output;
  return { ...request, checkpoint: checkpoint === undefined ? undefined : readCheckpoint(checkpoint) };
}

const above0 = v.pipe(v.number('is not a number'), v.gtValue(0, 'is not above 0'));
const fromOne = v.pipe(above0, v.integer('is not a whole number'));

const WarmEventSchema = v.strictObject(
  {
    /** Warms these; the whole table if left out. */
    keys: v.optional(v.array(KeyRowSchema, 'is not a list')),
    /** So many of the `keys`, those with the highest `count`; all of them if left out. */
    top: v.optional(fromOne),
    /** Segments of the table that are scanned side by side. */
    segments: v.optional(v.pipe(fromOne, v.maxValue(MOST_SIDE_BY_SIDE, `is more than ${MOST_SIDE_BY_SIDE}`)), 8),
    readUnitsPerSecond: v.optional(above0, 500),
    /** Of the answer to the invocation before. */
    checkpoint: v.optional(v.unknown()),
  },
  'is not an object of keys, top, segments, readUnitsPerSecond and checkpoint',
);
