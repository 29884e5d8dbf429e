import { CredentialProvider } from '@gomomento/sdk';
import type { RpcMethod } from '../../local/momento/stats.ts';
import { startChild } from './child.ts';

/** Name of the only cache that the server has. */
export const CACHE_NAME = 'bench';

/** Calls that reached a server, by method. */
export type RpcCalls = Partial<Record<RpcMethod, number>>;

export interface ServerRequest {
  /** Milliseconds that the server waits before it handles a call; as before if left out. */
  readonly latency?: number;
  /** Counts calls from zero, after it has answered with those until now. */
  readonly count?: boolean;
}

export interface ServerAnswer {
  readonly endpoint: string;
  readonly calls: RpcCalls;
}

/** A Momento server in a process of its own. */
export interface CacheProcess {
  /** `host:port`. */
  readonly endpoint: string;
  /** @param latency milliseconds that the server waits before it handles a call */
  setLatency(latency: number): Promise<void>;
  /** The calls since it was last asked. */
  takeCalls(): Promise<RpcCalls>;
  stop(): Promise<void>;
}

/** @param endpoint `host:port` of a {@link CacheProcess} */
export function credentialOf(endpoint: string): CredentialProvider {
  const [hostname = '', port] = endpoint.split(':');
  return CredentialProvider.forMomentoLocal({ hostname, port: Number(port) });
}

/** Starts a server that ends with this process. */
export async function startCacheProcess(): Promise<CacheProcess> {
  const server = await startChild<ServerRequest, ServerAnswer>('cache-server.ts');
  const { endpoint } = await server.ask({});
  return {
    endpoint,
    setLatency: async (latency) => void (await server.ask({ latency })),
    takeCalls: async () => (await server.ask({ count: true })).calls,
    stop: () => server.stop(),
  };
}
