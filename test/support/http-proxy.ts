import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What happens to a request. */
export type HttpFault =
  /** The connection breaks; the request does not arrive. */
  | { readonly kind: 'refuse' }
  /** Nothing happens. */
  | { readonly kind: 'silence' }
  /** The request arrives; its answer does not. */
  | { readonly kind: 'lose-answer' }
  /** The request does not arrive; this is the answer. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown };

/** Stands between the AWS SDK and an emulator on this machine, and can get in the way. */
export interface HttpProxy {
  readonly endpoint: string;
  /**
   * Applies a fault to the requests that follow.
   *
   * @param times how many; all if left out
   */
  inject(fault: HttpFault, times?: number): void;
  clear(): void;
  /** The operations that were asked for (`PutItem`), with what was sent. */
  readonly requests: { readonly operation: string; readonly body: string }[];
  close(): Promise<void>;
}

/** @param target base URL of the emulator */
export async function startHttpProxy(target: string): Promise<HttpProxy> {
  let fault: HttpFault | undefined;
  let remaining = 0;
  const requests: HttpProxy['requests'] = [];

  const server = createServer(async (incoming, outgoing) => {
    const body = await text(incoming);
    requests.push({ operation: String(incoming.headers['x-amz-target']).replace(/^.*\./, ''), body });
    const applied = remaining > 0 ? fault : undefined;
    remaining -= 1;
    switch (applied?.kind) {
      case 'refuse':
        return incoming.socket.destroy();
      case 'silence':
        return;
      case 'answer':
        outgoing.writeHead(applied.status, { 'content-type': 'application/x-amz-json-1.0' });
        return outgoing.end(JSON.stringify(applied.body));
      case 'lose-answer':
        return forward(target, incoming, body, () => incoming.socket.destroy());
      default:
        return forward(target, incoming, body, (answer) => pass(answer, outgoing));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test needs a TCP port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    inject(injected, times = Number.POSITIVE_INFINITY) {
      fault = injected;
      remaining = times;
    },
    clear() {
      remaining = 0;
    },
    requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function forward(
  target: string,
  { method, url, headers, socket }: IncomingMessage,
  body: string,
  done: (answer: IncomingMessage) => void,
): void {
  // The client's own host header is part of what it signed.
  request(new URL(url ?? '/', target), { method, headers }, done)
    .on('error', () => socket.destroy())
    .end(body);
}

function pass(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
}
