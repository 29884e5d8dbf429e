import '../../support/queue-environment.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Operated } from '../../support/operated-functions.ts';
import { captureOutput, type Output } from '../../support/queue-messages.ts';

/** In every key, value, message and foreign error: it must not turn up in what is printed. */
const MARK = 'mark-83c0';

let output: Output;

beforeEach(() => {
  vi.resetModules();
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The functions as a new process with these variables has them. */
async function started(variables: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const { operatedFunctions: operate } = await import('../../support/operated-functions.ts');
  return operate(MARK, headers);
}

async function everything(functions: Operated): Promise<void> {
  await functions.changes();
  await functions.repairs();
  await functions.warming();
  await functions.reads();
  await functions.failing();
}

/** The lines that were logged, as objects. */
const lines = () =>
  output
    .text()
    .split(/\n(?=\{)/)
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text));

describe('what the functions log', () => {
  it('holds no item data and no key, at debug, whatever happens', async () => {
    await everything(await started({ POWERTOOLS_LOG_LEVEL: 'DEBUG' }));
    const logged = lines().filter(({ level }) => level !== undefined);

    for (const level of ['DEBUG', 'INFO', 'WARN', 'ERROR']) {
      expect(logged.filter((line) => line.level === level).length, level).toBeGreaterThan(0);
    }
    expect(output.text()).not.toContain(MARK);
  });

  it('leads from a request to the outcome of its read by the correlation id', async () => {
    const functions = await started({ POWERTOOLS_LOG_LEVEL: 'DEBUG' }, { 'x-correlation-id': 'request-7' });
    await functions.reads();
    const reads = lines().filter(({ message }) => message === 'read');

    expect(reads.map(({ correlation_id }) => correlation_id)).toEqual(reads.map(() => 'request-7'));
    expect(reads[0]).toMatchObject({ entity: 'note', outcome: 'miss', breaker: 'closed' });
    expect(reads[1]).toMatchObject({ entity: 'note', outcome: 'hit' });
    expect(lines()).toContainEqual(
      expect.objectContaining({ message: 'fill refused', reason: 'conflict', correlation_id: 'request-7' }),
    );
  });

  it('says of each record at debug what was decided, by the hash of its key', async () => {
    const functions = await started({ POWERTOOLS_LOG_LEVEL: 'DEBUG' });
    await functions.changes();

    expect(lines()).toContainEqual(
      expect.objectContaining({
        ...{ message: 'record', entity: 'note', type: 'INSERT', decision: 'prefilled' },
        keyHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      }),
    );
  });

  it('has no reads and no records at info', async () => {
    await everything(await started({ POWERTOOLS_LOG_LEVEL: 'INFO' }));

    expect(lines().filter(({ message }) => message === 'read' || message === 'record')).toEqual([]);
  });

  it('has the reads of sampled invocations at info', async () => {
    const functions = await started({ POWERTOOLS_LOG_LEVEL: 'INFO', POWERTOOLS_LOGGER_SAMPLE_RATE: '1' });
    await functions.reads();

    expect(lines().filter(({ message }) => message === 'read').length).toBeGreaterThan(0);
    expect(output.text()).not.toContain(MARK);
  });
});
