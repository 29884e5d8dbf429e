import { promisify } from 'node:util';
import { cache_client } from '@gomomento/generated-types/dist/cacheclient.js';
import { cache_client as ping_client } from '@gomomento/generated-types/dist/cacheping.js';
import { control_client } from '@gomomento/generated-types/dist/controlclient.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type Clock, systemClock } from '../../shared/time.ts';
import { controlService, pingService } from './control-service.ts';
import { createFaultPlan, type Faults } from './faults.ts';
import { type Limits, ON_DEMAND_LIMITS } from './limits.ts';
import { readService } from './read-service.ts';
import type { RpcContext } from './rpc.ts';
import { createStats, type Stats } from './stats.ts';
import { createMomentoStorage, type MomentoStorage } from './storage.ts';
import { writeService } from './write-service.ts';

export interface MomentoServerOptions {
  /** A free port if left out or 0. */
  readonly port?: number;
  /** Caches that exist from the start. */
  readonly caches?: readonly string[];
  /** Decides when items expire; the system's clock if left out. */
  readonly clock?: Clock;
  /** What an earlier server stored, to go on with it after a restart. `caches` and `clock` are then its own. */
  readonly storage?: MomentoStorage;
  readonly limits?: Limits;
  /** Makes faults with a `rate` repeatable; 1 if left out. */
  readonly seed?: number;
}

/** A running server. */
export interface MomentoServer {
  readonly hostname: string;
  readonly port: number;
  /** `hostname:port`, as `MOMENTO_ENDPOINT` wants it. */
  readonly endpoint: string;
  /** Lets calls fail. */
  readonly faults: Faults;
  /** What the server was asked. */
  readonly stats: Stats;
  /** What it stores; hand it to another server to restart this one without loss. */
  readonly storage: MomentoStorage;
  /** Cuts all connections at once, as a crash would, and releases the port. Idempotent. */
  close(): Promise<void>;
}

const HOSTNAME = '127.0.0.1';

/**
 * Starts a server that speaks Momento's protocol and keeps its items in memory: the scalar cache methods, the control
 * plane and ping. For development and tests; the unmodified SDK reaches it.
 *
 * @throws When the port is taken.
 *
 * @example
 * const server = await startMomentoServer({ caches: ['users'] });
 * const credential = CredentialProvider.forMomentoLocal({ hostname: server.hostname, port: server.port });
 */
export async function startMomentoServer(options: MomentoServerOptions = {}): Promise<MomentoServer> {
  const { limits = ON_DEMAND_LIMITS, seed = 1 } = options;
  const storage = options.storage ?? createMomentoStorage(options.clock ?? systemClock, options.caches);
  const faults = createFaultPlan(seed);
  const stats = createStats();
  const timers = createTimers();

  const server = createServer(storage, limits, { faults, stats, later: timers.later });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind(`${HOSTNAME}:${options.port ?? 0}`, ServerCredentials.createInsecure());

  let closing: Promise<void> | undefined;
  return {
    hostname: HOSTNAME,
    port,
    endpoint: `${HOSTNAME}:${port}`,
    faults,
    stats,
    storage,
    close() {
      timers.clear();
      closing ??= shutDown(server);
      return closing;
    },
  };
}

function createServer(storage: MomentoStorage, limits: Limits, context: RpcContext): Server {
  // A conditional write carries two items. What is too large for the cache must reach the code that says so.
  const maxMessageBytes = 4 * limits.maxItemKb * 1024;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  server.addService(cache_client.UnimplementedScsService.definition, {
    ...readService(storage, context),
    ...writeService(storage, limits, context),
  });
  server.addService(control_client.UnimplementedScsControlService.definition, controlService(storage, limits, context));
  server.addService(ping_client.UnimplementedPingService.definition, pingService(context));
  return server;
}

/** Cuts the connections, then waits until the port is free again. */
function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.forceShutdown();
    server.tryShutdown(() => resolve());
  });
}

/** Timers that end with the server and do not keep the process alive. */
function createTimers(): Pick<RpcContext, 'later'> & { clear(): void } {
  const pending = new Set<NodeJS.Timeout>();
  return {
    later(milliseconds, run) {
      const timer = setTimeout(() => {
        pending.delete(timer);
        run();
      }, milliseconds);
      timer.unref();
      pending.add(timer);
    },
    clear() {
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}
