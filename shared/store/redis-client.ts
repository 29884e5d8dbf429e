import { createClient, createCluster, RESP_TYPES, type RedisArgument } from '@redis/client';
import { type Duration, milliseconds, seconds, stopwatch, systemClock } from '../time.ts';
import type { RedisEndpoint } from './redis-url.ts';

/** Who the client is to the server. */
export interface RedisCredentials {
  /** The server's `default` user if left out. */
  readonly username?: string;
  readonly password: string;
}

export interface RedisClientOptions {
  readonly endpoint: RedisEndpoint;
  /** Asked for each connection, so that a token is fresh and a password that was changed is read again. */
  readonly credentials?: (() => Promise<RedisCredentials>) | undefined;
  /** Certificates (PEM) to trust besides Node's own. */
  readonly ca?: string | undefined;
  /** Bound of each TCP and TLS handshake. */
  readonly connectTimeout: Duration;
}

/** A connected client: to one node, or to all primaries of a cluster. It does not reconnect by itself. */
export interface RedisClient {
  /**
   * Sends a command and answers the reply, strings of bytes as `Buffer`.
   *
   * @param key the key by which a cluster finds the node
   * @param takeBack takes back what has not been sent yet
   */
  send(key: string, args: readonly RedisArgument[], takeBack?: AbortSignal): Promise<unknown>;
  /** Closes at once; what is under way rejects. */
  destroy(): void;
}

/** How a connection is told about and given up. */
export interface ConnectionHooks {
  /** Gives up the attempt to connect. */
  readonly signal: AbortSignal;
  /** The client is of no use any more: its connection broke, or its node is no primary any more. */
  readonly lost: (cause: unknown) => void;
}

/** The server is there, but is not one that this store may use. */
export class UnsuitableServer extends Error {
  override readonly name = 'UnsuitableServer';
}

/**
 * Connects to the server, and to the whole cluster where it is a part of one: the server says so itself.
 *
 * @throws the client's or the server's error, or {@link UnsuitableServer}
 */
export async function connectRedis(options: RedisClientOptions, hooks: ConnectionHooks): Promise<RedisClient> {
  const node = createNode(options);
  // The reason comes with `terminated` and with every call that it fails; an error that nobody hears ends the process.
  node.on('error', ignore).on('terminated', hooks.lost);
  const giveUp = (): void => node.destroy();
  hooks.signal.addEventListener('abort', giveUp, { once: true });
  try {
    await node.connect();
    const { mode } = await hello(node);
    if (mode === 'cluster') {
      node.off('terminated', hooks.lost).destroy();
      return await connectCluster(options, hooks.signal);
    }
    await assertPrimary(node);
  } catch (error) {
    node.destroy();
    throw error;
  } finally {
    hooks.signal.removeEventListener('abort', giveUp);
  }
  return nodeClient(node, hooks.lost);
}

type Node = ReturnType<typeof createNode>;

function createNode(options: RedisClientOptions) {
  return createClient({
    ...clientOptions(options),
    // Reconnecting is left to keepConnected(), which does so when somebody asks and not in the background: a Lambda's
    // process is frozen most of the time.
    socket: { ...socketOptions(options), reconnectStrategy: false },
  });
}

function nodeClient(node: Node, lost: ConnectionHooks['lost']): RedisClient {
  let sinceCheck = stopwatch(systemClock);
  return {
    async send(_key, args, takeBack) {
      if (sinceCheck() >= ROLE_CHECK_INTERVAL) {
        sinceCheck = stopwatch(systemClock);
        // Travels with the command that follows: whoever only reads would never be told that it reads from a replica.
        assertPrimary(node).catch(lost);
      }
      try {
        return await node.sendCommand(args, takeBack && { abortSignal: takeBack });
      } catch (error) {
        // After a failover the name leads to another node, but this connection to the old one.
        if (error instanceof Error && error.message.startsWith('READONLY')) lost(error);
        throw error;
      }
    },
    destroy: () => node.destroy(),
  };
}

async function connectCluster(options: RedisClientOptions, signal: AbortSignal): Promise<RedisClient> {
  const cluster = createNodes(options);
  cluster.on('error', ignore).on('node-error', ignore);
  try {
    await cluster.connect();
    signal.throwIfAborted();
  } catch (error) {
    cluster.destroy();
    throw error;
  }
  await connectPrimaries(cluster);
  return {
    send: (key, args, takeBack) =>
      cluster.sendCommand(key, false, [...args], { ...COMMAND_OPTIONS, ...(takeBack && { abortSignal: takeBack }) }),
    destroy: () => cluster.destroy(),
  };
}

function createNodes(options: RedisClientOptions) {
  const { host, port } = options.endpoint;
  return createCluster({
    // Only a timeout on silence ends a discovery that is never answered.
    rootNodes: [{ socket: { host, port, socketTimeout: 2 * options.connectTimeout } }],
    defaults: {
      ...clientOptions(options),
      socket: { ...socketOptions(options), reconnectStrategy: nodeReconnectDelay },
    },
    commandOptions: COMMAND_OPTIONS,
    // A node that is down keeps its own keys from us, not those of the others.
    minimizeConnections: true,
    // A replica may be behind, and an entry must not be seen to go back to an older state.
    useReplicas: false,
    maxCommandRedirections: 5,
    topologyRefreshOnReconnectionAttemptStrategy: TOPOLOGY_REFRESH_DELAY,
  });
}

/** Makes the connections before the first call needs them, but waits no longer for a node that is down. */
async function connectPrimaries(cluster: ReturnType<typeof createNodes>): Promise<void> {
  const connecting = Promise.allSettled(cluster.masters.map((primary) => cluster.nodeClient(primary)));
  let timer: NodeJS.Timeout | undefined;
  const longEnough = new Promise((resolve) => {
    timer = setTimeout(resolve, PRIMARIES_TIMEOUT);
  });
  await Promise.race([connecting, longEnough]);
  clearTimeout(timer);
}

function clientOptions({ endpoint, credentials }: RedisClientOptions) {
  return {
    name: 'dynamo-cache-sync',
    database: endpoint.database,
    ...(credentials === undefined
      ? {}
      : { credentialsProvider: { type: 'async-credentials-provider' as const, credentials } }),
    // While there is no connection a call is refused at once: queued, it would be sent long after its caller is gone.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_PENDING,
    commandOptions: COMMAND_OPTIONS,
    maintNotifications: 'disabled' as const,
  };
}

function socketOptions({ endpoint: { host, port, tls }, ca, connectTimeout }: RedisClientOptions) {
  const address = { host, port, connectTimeout };
  return tls ? { ...address, tls: true as const, ...(ca === undefined ? {} : { ca }) } : address;
}

/** What a server says of itself. The command is one that every user may send, whatever its permissions. */
const hello = (node: Node): Promise<{ readonly mode?: unknown; readonly role?: unknown }> =>
  node.sendCommand(['HELLO'], { typeMapping: {} });

async function assertPrimary(node: Node): Promise<void> {
  const { role } = await hello(node);
  if (role !== 'master') throw new UnsuitableServer(`the server is a ${String(role)}: use the primary endpoint`);
}

const nodeReconnectDelay = (retries: number): number => Math.min(50 * 2 ** retries, 2_000) * (0.5 + Math.random() / 2);

const ignore = (): void => {};

const COMMAND_OPTIONS = {
  typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer },
  // Each call has a timer of its own, which covers more than the client's.
  timeout: 0,
};

/** Commands that may wait for their answers on one connection; more are refused. */
const MAX_PENDING = 20_000;
/** How long a client that only reads may take to notice that its node was made a replica. */
const ROLE_CHECK_INTERVAL = seconds(5);
/** How long a node of a cluster must have been gone before the others are asked who took over. */
const TOPOLOGY_REFRESH_DELAY = milliseconds(500);
const PRIMARIES_TIMEOUT = milliseconds(200);
