import { BILLING, PRICES } from './prices.ts';
import type { Run } from './run.ts';

/** Dollars a month. */
export interface Cost {
  readonly tableReads: number;
  readonly tableWrites: number;
  readonly cacheTransfer: number;
  readonly requestFunctions: number;
  readonly streamFunction: number;
  readonly total: number;
}

/** What a month of the scenario's load would cost, from what was used while it was measured. */
export function monthlyCost({ meter, use: { table, cache, stream }, scenario }: Run): Cost {
  const perMonth = (BILLING.month * 3_600_000) / scenario.duration;
  const { requests, waited } = meter;
  const invoked = (invocations: number, milliseconds: number, memory: number): number =>
    (invocations / MILLION) * PRICES.invocations + (milliseconds / 1_000) * memory * PRICES.compute;
  const parts = {
    tableReads: perMonth * (table.readUnits / MILLION) * PRICES.tableReads,
    tableWrites: perMonth * (table.writeUnits / MILLION) * PRICES.tableWrites,
    cacheTransfer: perMonth * (cache.bytes / 1e9) * PRICES.cacheTransfer,
    requestFunctions: perMonth * invoked(requests, waited + requests * BILLING.requestWork, BILLING.requestMemory),
    streamFunction:
      perMonth *
      (invoked(stream.invocations, stream.duration + stream.invocations * BILLING.streamWork, BILLING.streamMemory) +
        (stream.invocations / MILLION) * PRICES.streamReads),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

const MILLION = 1_000_000;
