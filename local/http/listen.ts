import { serve } from '@hono/node-server';
import type { Hono } from 'hono';

/** A server that listens. */
export interface ListeningServer {
  readonly port: number;
  /** Stops listening and ends connections. */
  close(): Promise<void>;
}

/**
 * Serves an application on the loopback interface: what runs here is for whoever sits in front of the machine.
 *
 * @param port a free one when it is 0
 * @throws the system's error when the port is taken
 */
export function listen(app: Pick<Hono, 'fetch'>, port: number): Promise<ListeningServer> {
  const { promise, resolve, reject } = Promise.withResolvers<ListeningServer>();
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, ({ port: actual }) =>
    resolve({
      port: actual,
      close: () =>
        new Promise((done) => {
          server.close(() => done());
          if ('closeAllConnections' in server) server.closeAllConnections();
        }),
    }),
  );
  server.once('error', reject);
  return promise;
}
