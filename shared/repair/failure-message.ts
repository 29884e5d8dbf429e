import * as v from 'valibot';

/** Records that Lambda gave up on: where they are in the stream. */
export interface FailedBatch {
  readonly kind: 'range';
  readonly streamArn: string;
  readonly shardId: string;
  readonly start: string;
  /** Inclusive. */
  readonly end: string;
  readonly count: number;
}

/** Records that came with the message: from an S3 destination, or from the quarantine queue. */
export interface CarriedRecords {
  readonly kind: 'records';
  readonly records: readonly unknown[];
}

/** A queue message is neither of the two. It never quotes the message, which may hold item data. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/**
 * Reads what the on-failure destination of an event source mapping or the quarantine queue holds.
 *
 * @param text body of the queue message, or the S3 object
 * @throws {MalformedMessageError} that says what was expected
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function readFailureMessage(text: string): FailedBatch | CarriedRecords {
  const message = parse(text);
  // Before the range: what came along is there even when the stream has been trimmed.
  const carried = v.safeParse(CarriedSchema, message);
  if (carried.success) return { kind: 'records', records: carried.output.payload.Records };
  const range = v.safeParse(RangeSchema, message);
  if (range.success) return rangeOf(range.output.DDBStreamBatchInfo);
  const quarantined = v.safeParse(QuarantineSchema, message);
  if (quarantined.success) return { kind: 'records', records: [quarantined.output.record] };
  throw new MalformedMessageError(
    'the message has neither a usable "DDBStreamBatchInfo" (on-failure destination) nor a "record" (quarantine)',
  );
}

const EventSchema = v.object({ Records: v.pipe(v.array(v.unknown()), v.nonEmpty()) });

/** An S3 destination gets the message of a queue and beside it, as text, the event that failed. */
const CarriedSchema = v.object({ payload: v.union([EventSchema, v.pipe(v.string(), v.parseJson(), EventSchema)]) });

const sequence = v.pipe(v.string(), v.regex(/^\d{1,40}$/));

const RangeSchema = v.object({
  DDBStreamBatchInfo: v.object({
    shardId: v.pipe(v.string(), v.nonEmpty()),
    startSequenceNumber: sequence,
    endSequenceNumber: sequence,
    batchSize: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    streamArn: v.pipe(v.string(), v.regex(/^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\/\S+$/)),
  }),
});

/** The record may be anything: it was set aside because it is not what it should be. */
const QuarantineSchema = v.object({ reason: v.string(), record: v.unknown() });

function rangeOf(info: v.InferOutput<typeof RangeSchema>['DDBStreamBatchInfo']): FailedBatch {
  return {
    kind: 'range',
    streamArn: info.streamArn,
    shardId: info.shardId,
    start: info.startSequenceNumber,
    end: info.endSequenceNumber,
    count: info.batchSize,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's own error, which quotes the text.
    throw new MalformedMessageError('the message is not JSON');
  }
}
