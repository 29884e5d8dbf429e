import * as v from 'valibot';

/** Records that Lambda gave up on: where they are in the stream. */
export interface FailedBatch {
  readonly kind: 'range';
  readonly streamArn: string;
  readonly shardId: string;
  readonly start: string;
  readonly end: string;
  readonly count: number;
}

/** Records that came with the message: from an S3 destination, or from the quarantine queue. */
export interface CarriedRecords {
  readonly kind: 'records';
  readonly records: readonly unknown[];
}

/** A queue message is neither of the two. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/**
 * Reads what the on-failure destination of an event source mapping or the quarantine queue holds.
 *
 * @param text body of the queue message, or the S3 object
 * @throws {MalformedMessageError} that says what was expected; it never quotes the message
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function readFailureMessage(text: string): FailedBatch | CarriedRecords {
  const message = parse(text);
  const carried = v.safeParse(S3Schema, message);
  if (carried.success) return { kind: 'records', records: recordsOf(carried.output.payload) };
  const range = v.safeParse(BatchSchema, message);
  if (range.success) {
    const info = range.output.DDBStreamBatchInfo;
    return {
      kind: 'range',
      streamArn: info.streamArn,
      shardId: info.shardId,
      start: info.startSequenceNumber,
      end: info.endSequenceNumber,
      count: info.batchSize,
    };
  }
  const quarantined = v.safeParse(QuarantineSchema, message);
  if (quarantined.success) return { kind: 'records', records: recordsOf(quarantined.output.record) };
  throw new MalformedMessageError(
    'the message has neither "DDBStreamBatchInfo" (on-failure destination) nor "record" (quarantine)',
  );
}

const sequence = v.pipe(v.string(), v.regex(/^\d{1,40}$/));

const BatchSchema = v.object({
  DDBStreamBatchInfo: v.object({
    shardId: v.pipe(v.string(), v.nonEmpty()),
    startSequenceNumber: sequence,
    endSequenceNumber: sequence,
    batchSize: v.number(),
    streamArn: v.pipe(v.string(), v.startsWith('arn:')),
  }),
});

/** An S3 destination gets the same message and, as text, the event that failed. */
const S3Schema = v.object({ payload: v.union([v.pipe(v.string(), v.nonEmpty()), v.looseObject({})]) });

const QuarantineSchema = v.object({ reason: v.string(), record: v.looseObject({}) });

/** A quarantined record may be a whole event that was not one. */
function recordsOf(payload: unknown): readonly unknown[] {
  const event = typeof payload === 'string' ? parse(payload) : payload;
  const result = v.safeParse(v.object({ Records: v.array(v.unknown()) }), event);
  return result.success ? result.output.Records : [event];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedMessageError('the message is not JSON');
  }
}
