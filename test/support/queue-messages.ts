import type { Context, SQSEvent } from 'aws-lambda';
import { vi } from 'vitest';

export const AUDIT_QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/audit';
export const QUARANTINE_QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/quarantine';

/** What functions print. */
export interface Output {
  /** Every value of a metric, in order. */
  metric(name: string): number[];
  /** The messages that were logged at a level. */
  logged(level: 'INFO' | 'WARN' | 'ERROR'): string[];
  /** All of it. */
  text(): string;
}

/** Takes what is printed from now on; ended by `vi.restoreAllMocks()`. */
export function captureOutput(): Output {
  const lines: string[] = [];
  for (const level of ['log', 'debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(String(line)));
  }
  return outputOf(lines);
}

/** Reads lines that functions printed, those included that are still to come. */
export function outputOf(lines: readonly string[]): Output {
  const objects = (): Record<string, unknown>[] =>
    lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return {
    metric: (name) =>
      objects()
        .filter((line) => '_aws' in line)
        .flatMap((line) => line[name] ?? [])
        .map(Number),
    logged: (level) =>
      objects()
        .filter((line) => line.level === level)
        .map((line) => String(line.message)),
    text: () => lines.join('\n'),
  };
}

/** What Lambda hands to the consumer of a queue; the ids of the messages are `m0`, `m1`, ... */
export function sqsEvent(...bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `handle-${i}`,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1790000000000',
        SenderId: 'AIDAIENQZJOLO23YVJ4VO',
        ApproximateFirstReceiveTimestamp: '1790000000001',
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:queue',
      awsRegion: 'eu-central-1',
    })),
  };
}

/** @param remaining Milliseconds that the invocation may still run. */
export function lambdaContext(remaining: () => number = () => 30_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'function',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:function',
    memoryLimitInMB: '256',
    awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e812345678',
    logGroupName: '/aws/lambda/function',
    logStreamName: 'stream',
    getRemainingTimeInMillis: remaining,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
