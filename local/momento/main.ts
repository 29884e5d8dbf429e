import { parseArgs } from 'node:util';
import { startMomentoServer } from './server.ts';

/**
 * The server as a process of its own, so that a benchmark does not measure the server's CPU with the client's:
 *
 *     node local/momento/main.ts --port 0 --cache users --cache orders
 *
 * Prints one line, `{"port":40123}`, once it listens. Ends when its standard input is closed, which happens by itself
 * when the process that started it dies.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    cache: { type: 'string', multiple: true, default: ['cache'] },
  },
});

const server = await startMomentoServer({ port: Number(values.port), caches: values.cache });
process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);

process.stdin.on('close', () => void server.close());
process.stdin.resume();
