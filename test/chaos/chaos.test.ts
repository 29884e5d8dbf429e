import { expect, test } from 'vitest';
import { seconds } from '../../shared/time.ts';
import { describeWithJava } from '../support/java.ts';
import { toText, verdicts } from './report.ts';
import { runChaos } from './run.ts';

/** A minute where nobody waits for it; longer: `npm run chaos -- --seconds 600`. */
const DURATION = seconds(process.env.CI === 'true' ? 60 : 24);
const SEED = 20_261_120;

describeWithJava('the laptop stack under fire', { timeout: DURATION + 120_000 }, () => {
  test('ends in agreement with its table, whatever was killed, lost, late or done twice', async () => {
    const report = await runChaos({ duration: DURATION, seed: SEED });

    const broken = verdicts(report).flatMap(([claim, holds]) => (holds ? [] : [claim]));
    expect(broken, toText(report)).toEqual([]);

    // Otherwise there was nothing to withstand.
    const { tally } = report;
    expect(report.kills).toBeGreaterThan(0);
    expect(report.deliveredTwice).toBeGreaterThan(0);
    expect(Math.min(...Object.values(report.faults))).toBeGreaterThan(0);
    expect(report.restarts).toBeGreaterThanOrEqual(2);
    // One of each entity, at least.
    expect(report.afterLosses.found.wrongEntries.length).toBeGreaterThanOrEqual(6);
    expect(report.afterFaults.entries.value).toBeGreaterThan(0);
    expect(Math.min(...Object.values(tally.items), tally.writes, tally.httpReads, tally.httpWrites)).toBeGreaterThan(0);
    expect(report.afterFaults.pages.valid).toBeGreaterThan(0);
  });
});
