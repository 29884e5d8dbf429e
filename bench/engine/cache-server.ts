/**
 * The embedded Momento server as a process of its own, so that a benchmark does not measure the server's CPU with the
 * client's. Started by {@link file://./cache-process.ts}.
 */
import { startMomentoServer } from '../../local/momento/server.ts';
import { milliseconds } from '../../shared/time.ts';
import type { RpcCalls, ServerAnswer, ServerRequest } from './cache-process.ts';
import { serve } from './child.ts';

const server = await startMomentoServer({ caches: ['bench'] });

serve<ServerRequest, ServerAnswer>(({ latency, count = false }) => {
  if (latency !== undefined) {
    server.faults.clear();
    // A timer of no time still takes one: no latency is no fault.
    if (latency > 0) server.faults.inject({ kind: 'delay', by: milliseconds(latency) });
  }
  const calls = callsByMethod();
  if (count) server.stats.reset();
  return { endpoint: server.endpoint, calls };
});

function callsByMethod(): RpcCalls {
  const calls: RpcCalls = {};
  for (const method of ['Get', 'GetBatch', 'Set', 'SetBatch', 'SetIf', 'Delete'] as const) {
    const count = server.stats.calls(method);
    if (count > 0) calls[method] = count;
  }
  return calls;
}
