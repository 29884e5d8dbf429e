import type { Report } from './compare.ts';
import { duration, percent, thousands } from './format.ts';

/** What the rows mean that do not say so themselves. */
export const DEFINITIONS: readonly string[] = [
  'Stale is an answer that had been outdated already when it was asked for; its age is the time since then.',
  'Left stale is an entry that was answered when nothing was on its way any longer that would have corrected it, but ' +
    'the next write or the end of its TTL. Stale for ever is what is still answered wrongly when all is at rest, two ' +
    'minutes after the last write.',
  'Ours gives up on a slow cache after 250 ms and asks the table; the others wait for it.',
];

/** What was compared, in a few lines for people. */
export function describeScenario(scenario: Report['scenario']): string[] {
  const { latencies, spells } = scenario;
  const [cache, read, consistent, write, stream] = [
    latencies.cache,
    latencies.read,
    latencies.consistentRead,
    latencies.write,
    latencies.stream,
  ].map(({ median }) => `${median} ms`);
  return [
    `Seed ${scenario.seed}: ${scenario.requestsPerSecond} requests a second for ${duration(scenario.duration)}, after ` +
      `${duration(scenario.warmUp)} to warm up. ${thousands(scenario.items)} items of ${scenario.itemBytes} bytes in ` +
      `${scenario.lists} lists, popularity by Zipf ${scenario.zipf}; ${percent(scenario.listShare)} of the reads ask for ` +
      `a list, ${percent(scenario.removeShare)} of the writes remove an item, what is inserted is read back at once.`,
    `Medians: cache ${cache}, table read ${read}, consistent ${consistent}, write ${write}, stream ${stream}; log-normal, ` +
      `with hiccups. For ${duration(spells.length)} in every ${duration(spells.every)} the network is bad: ` +
      `${percent(spells.share)} of the calls take ${duration(spells.delay)} longer on average.`,
  ];
}
