import { createConnection, createServer, type Socket } from 'node:net';
import type { Duration } from '../../shared/time.ts';

/** Stands between the functions and a Redis on this machine, so that it can be taken away from them. */
export interface SwitchableProxy {
  readonly port: number;
  /** Passes everything on, as soon as it comes or after a while. */
  pass(delay: Duration): void;
  /** Breaks every connection and accepts no other. */
  refuse(): void;
  close(): Promise<void>;
}

/**
 * @param target port of the server on the loopback interface
 * @throws the system's error when there is no free port
 */
export function startSwitchableProxy(target: number): Promise<SwitchableProxy> {
  let refuses = false;
  let delay = 0;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    if (refuses) return void client.destroy();
    const upstream = createConnection({ host: '127.0.0.1', port: target });
    join(client, upstream, () => delay);
    join(upstream, client, () => 0);
  });

  /** What comes later must not arrive earlier when the delay shrinks: it waits for what came before it. */
  function join(from: Socket, to: Socket, delayNow: () => number): void {
    let freeAt = 0;
    const waiting: Buffer[] = [];
    // Timers of different lengths may go off in another order than they are due: each one sends the oldest.
    const sendOldest = (): void => {
      const oldest = waiting.shift();
      if (oldest !== undefined && to.writable) to.write(oldest);
    };
    sockets.add(from);
    from.on('data', (data) => {
      const now = performance.now();
      freeAt = Math.max(freeAt, now + delayNow());
      if (freeAt <= now && waiting.length === 0) return void to.write(data);
      waiting.push(data);
      setTimeout(sendOldest, freeAt - now).unref();
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const disconnect = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const { promise, resolve, reject } = Promise.withResolvers<SwitchableProxy>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    resolve({
      port: typeof address === 'object' && address !== null ? address.port : 0,
      pass(by) {
        refuses = false;
        delay = by;
      },
      refuse() {
        refuses = true;
        disconnect();
      },
      close() {
        disconnect();
        return new Promise((done) => server.close(() => done()));
      },
    });
  });
  return promise;
}
