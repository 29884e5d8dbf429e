import { createConnection, createServer, type Socket } from 'node:net';

/** Stands between a client and a server on this machine, and can get in the way. */
export interface TcpProxy {
  readonly port: number;
  /** Connections from now on lead there. */
  leadTo(port: number): void;
  /** Breaks every connection and accepts no other until {@link TcpProxy.restore}. */
  refuse(): void;
  /** Passes nothing on in either direction; what is sent meanwhile arrives when restored, as after a network fault. */
  stall(): void;
  /** Passes requests on and breaks the connection at the first answer, `times` times. */
  loseAnswers(times: number): void;
  /** Breaks every connection, once. */
  disconnect(): void;
  restore(): void;
  /** Connections that clients opened so far. */
  readonly accepted: number;
  close(): Promise<void>;
}

export async function startTcpProxy(initialTarget: number): Promise<TcpProxy> {
  let target = initialTarget;
  let mode: 'pass' | 'refuse' | 'stall' = 'pass';
  let answersToLose = 0;
  let accepted = 0;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    accepted += 1;
    if (mode === 'refuse') return void client.destroy();
    const upstream = createConnection({ host: '127.0.0.1', port: target });
    join(client, upstream, () => true);
    join(upstream, client, () => {
      if (answersToLose === 0) return true;
      answersToLose -= 1;
      return false;
    });
  });

  function join(from: Socket, to: Socket, passes: () => boolean): void {
    sockets.add(from);
    if (mode === 'stall') from.pause();
    from.on('data', (data) => {
      if (passes()) to.write(data);
      else from.destroy();
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test needs a TCP port');
  return {
    port: address.port,
    leadTo(port) {
      target = port;
    },
    refuse() {
      mode = 'refuse';
      disconnect();
    },
    stall() {
      mode = 'stall';
      for (const socket of sockets) socket.pause();
    },
    loseAnswers(times) {
      answersToLose = times;
    },
    disconnect,
    restore() {
      mode = 'pass';
      answersToLose = 0;
      for (const socket of sockets) socket.resume();
    },
    get accepted() {
      return accepted;
    },
    close() {
      disconnect();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
