import { randomUUID } from 'node:crypto';
import type { Batch, GiveUpCondition } from './retry.ts';

/**
 * What Lambda sends to the on-failure queue of a DynamoDB event source mapping: where the records are, not the records.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export interface FailureMessage {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: GiveUpCondition;
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: {
    readonly statusCode: 200;
    readonly executedVersion: '$LATEST';
    /** Missing when the function did not throw, but reported failures. */
    readonly functionError?: 'Unhandled';
  };
  readonly version: '1.0';
  readonly timestamp: string;
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
    readonly streamArn: string;
  };
}

/** What there is to say about records that were given up on. */
export interface GivenUp {
  readonly batch: Batch;
  readonly condition: GiveUpCondition;
  /** Whether the function threw, rather than reported failures. */
  readonly threw: boolean;
  readonly shardId: string;
  readonly streamArn: string;
  readonly functionArn: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The message about records that were given up on. */
export function failureMessage({
  batch,
  condition,
  threw,
  shardId,
  streamArn,
  functionArn,
  now,
}: GivenUp): FailureMessage {
  const first = batch.records.at(0);
  const last = batch.records.at(-1);
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn,
      condition,
      approximateInvokeCount: batch.invocations,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      ...(threw && { functionError: 'Unhandled' as const }),
    },
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.sequenceNumber ?? '',
      endSequenceNumber: last?.sequenceNumber ?? '',
      approximateArrivalOfFirstRecord: toSecond(first?.createdAt ?? now),
      approximateArrivalOfLastRecord: toSecond(last?.createdAt ?? now),
      batchSize: batch.records.length,
      streamArn,
    },
  };
}

/** `2026-11-20T10:00:00Z`: AWS leaves the milliseconds out here. */
function toSecond(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
