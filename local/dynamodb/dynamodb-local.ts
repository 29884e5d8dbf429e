import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { seconds } from '../../shared/time.ts';
import { localClientConfig } from '../aws.ts';
import { freePort } from '../process/free-port.ts';
import { type GuardedProcess, startGuarded } from '../process/guarded.ts';
import { requireJava } from './java.ts';

/** A running DynamoDB Local, with streams, in memory. */
export interface DynamoDBLocal {
  readonly endpoint: string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** DynamoDB Local did not come up; the message carries what it printed. */
export class DynamoDBLocalFailed extends Error {
  override readonly name = 'DynamoDBLocalFailed';
}

/**
 * Starts AWS's own DynamoDB Local on a free port and waits until it answers. It ends with this process, whatever ends
 * this process.
 *
 * @throws {JavaMissing} when there is no Java 17 or newer
 * @throws {DynamoDBLocalFailed} when it does not come up within a minute
 */
export async function startDynamoDBLocal(): Promise<DynamoDBLocal> {
  await requireJava();
  const port = await freePort();
  const server = startGuarded('java', [...JVM_OPTIONS, '-jar', 'DynamoDBLocal.jar', ...SERVER_OPTIONS, `${port}`], {
    cwd: join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), 'emulator'),
  });
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await untilReady(endpoint, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { endpoint, stop: () => server.stop() };
}

/** The npm package that brings the jar with `npm ci`; nothing else of it is used. */
const PACKAGE = 'amplify-dynamodb-simulator/package.json';
// The compiler that starts fast is the right one for a server that lives for minutes.
const JVM_OPTIONS = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.library.path=DynamoDBLocal_lib',
];
// A shared database, so that any access key and region see the same tables.
const SERVER_OPTIONS = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port'];

const START_DEADLINE = seconds(60);
const PROBE_INTERVAL_MS = 50;

async function untilReady(endpoint: string, server: GuardedProcess): Promise<void> {
  const client = new DynamoDBClient({ ...localClientConfig(endpoint), maxAttempts: 1 });
  const deadline = Date.now() + START_DEADLINE;
  let running = true;
  void server.exited.then(() => {
    running = false;
  });
  try {
    while (running && Date.now() < deadline) {
      const answered = await client.send(new ListTablesCommand()).then(
        () => true,
        () => false,
      );
      if (answered) return;
      await sleep(PROBE_INTERVAL_MS);
    }
  } finally {
    client.destroy();
  }
  const what = running ? `did not answer within ${START_DEADLINE / 1_000} s` : 'ended while it was starting';
  throw new DynamoDBLocalFailed(`DynamoDB Local ${what}. It printed:\n${server.output()}`);
}
