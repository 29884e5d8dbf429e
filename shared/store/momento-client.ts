import { CacheClient, Configurations, type CredentialProvider, type MomentoLoggerFactory } from '@gomomento/sdk';
import type { Duration } from '../time.ts';

/** Where the SDK's own messages go. Powertools' logger and `console` both fit. */
export interface ClientLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface ClientOptions {
  readonly credential: CredentialProvider;
  /** The SDK's own deadline for a call; it does not apply to batches. */
  readonly deadline: Duration;
  /** How long {@link connectClient} may wait for the connection; zero does not wait. */
  readonly connectTimeout: Duration;
  /** Largest request or answer, in bytes. */
  readonly maxMessageBytes: number;
  /** Silent if left out. */
  readonly log?: ClientLog | undefined;
}

/**
 * A client that is connected if the service answered within the bound, and that connects with its first call if not.
 *
 * `CacheClient.create` alone would wait for up to 30 s and then throw, and with it a function that starts while the
 * cache is down: the table could have answered all along.
 */
export async function connectClient(options: ClientOptions): Promise<CacheClient> {
  const props = {
    credentialProvider: options.credential,
    configuration: configure(options),
    // Every write gives its own TTL; the SDK wants a default nevertheless.
    defaultTtlSeconds: 60,
  };
  if (options.connectTimeout === 0) return new CacheClient(props);

  const connecting = CacheClient.create({ ...props, eagerConnectTimeout: Math.ceil(options.connectTimeout / 1_000) });
  const client = await withinTime(connecting, options.connectTimeout);
  return client ?? new CacheClient(props);
}

function configure(options: ClientOptions) {
  return (
    Configurations.Lambda.latest(loggerFactory(options.log))
      // How often a call is tried is the caller's decision, and a plain write is tried once: the SDK would repeat it.
      .withRetryStrategy({ determineWhenToRetryRequest: () => null })
      .withClientTimeoutMillis(options.deadline)
      .withMaxMessageLength(options.maxMessageBytes)
  );
}

/** The client, if it connects in time. One that connects later is closed: another has taken its place. */
async function withinTime(connecting: Promise<CacheClient>, timeout: Duration): Promise<CacheClient | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeout, undefined);
  });
  // The reason why it did not connect is in the SDK's own log, and comes back with the first call.
  const connected = connecting.catch(() => undefined);
  const client = await Promise.race([connected, tooLate]);
  clearTimeout(timer);
  if (client === undefined) void connected.then((late) => late?.close());
  return client;
}

/** Debug and trace messages are left out: they name keys, and there are several for each call. */
function loggerFactory(log: ClientLog = SILENT): MomentoLoggerFactory {
  const logger = {
    trace: ignore,
    debug: ignore,
    info: (message: string) => log.info(message),
    warn: (message: string) => log.warn(message),
    error: (message: string) => log.error(message),
  };
  return { getLogger: () => logger };
}

const ignore = (): void => {};

const SILENT: ClientLog = { info: ignore, warn: ignore, error: ignore };
