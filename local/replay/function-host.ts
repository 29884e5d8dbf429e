import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { overrideRuntime, type RuntimeOverrides } from '../../shared/runtime/overrides.ts';
import type { BatchResponse, QuarantinedRecord } from '../../shared/sync/batch.ts';
import type { BatchReport } from '../../shared/sync/report.ts';
import { captureOutput } from './capture-output.ts';

/** The stream function's handler. */
export type StreamHandler = (event: unknown, context: Context) => Promise<BatchResponse>;

/** What one invocation came to. */
export interface Invocation {
  /** `undefined` where the handler failed before it had one. */
  readonly report: BatchReport | undefined;
  /** What the handler threw: Lambda would retry the whole batch. */
  readonly error: Error | undefined;
  readonly quarantined: readonly QuarantinedRecord[];
}

/** Runs the stream function as Lambda does: one event after the other. */
export type Invoke = (records: readonly unknown[]) => Promise<Invocation>;

export interface FunctionHostOptions extends Pick<RuntimeOverrides, 'clock' | 'store' | 'table'> {
  /** Told each line that the function prints. */
  readonly printed: (line: string) => void;
  /** Loads the handler, which takes the overrides as it is loaded. */
  readonly load: () => Promise<StreamHandler>;
}

/** The handler that is deployed. A module is loaded once, so a process can replay with it once. */
export const loadSyncFunction = async (): Promise<StreamHandler> => (await import('../../functions/sync.ts')).handler;

/** Loads the stream function over a store, a table and a clock of the caller's. */
export async function hostFunction({ printed, load, ...replacements }: FunctionHostOptions): Promise<Invoke> {
  let report: BatchReport | undefined;
  let quarantined: QuarantinedRecord[] = [];
  overrideRuntime({
    ...replacements,
    quarantine: async (records) => void quarantined.push(...records),
    observeBatch(observed) {
      report = observed;
    },
  });
  const handler = await captureOutput(load, printed);

  return async (records) => {
    report = undefined;
    quarantined = [];
    let error: Error | undefined;
    try {
      await captureOutput(() => handler({ Records: records }, lambdaContext()), printed);
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    return { report, error, quarantined };
  };
}

/** The most that Lambda allows. */
const TIMEOUT_MS = 15 * 60 * 1_000;

function lambdaContext(): Context {
  const end = performance.now() + TIMEOUT_MS;
  return {
    functionName: 'replay',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:replay',
    memoryLimitInMB: '256',
    awsRequestId: randomUUID(),
    logGroupName: '/aws/lambda/replay',
    logStreamName: 'replay',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(end - performance.now())),
    done() {},
    fail() {},
    succeed() {},
  };
}
