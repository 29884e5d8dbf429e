import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleSize } from '../../../local/bundles/size.ts';
import { CACHE_NAME, startCacheProcess } from '../cache-process.ts';
import type { PartReport } from '../report.ts';
import type { PartOptions } from '../run.ts';
import { median } from '../statistics.ts';
import { BASELINES, type BaselineName, buildBaseline } from './clients.ts';
import { functionSubjects, type Subject } from './functions.ts';
import { startTableStub } from './table-stub.ts';

/**
 * Cold start: from the start of the process to the first answer, for every built function and for bundles of nothing
 * but the clients that they cannot do without. A process each, in turns.
 *
 * @throws {NotBuilt} when there is no `dist`
 */
export async function runCold({ runs, quick }: PartOptions): Promise<PartReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  const cache = await startCacheProcess();
  const table = await startTableStub();
  try {
    const subjects = [...(await baselinesIn(folder)), ...(quick ? [] : await functionSubjects())];
    const environment = environmentOf(cache.endpoint, table.url);
    const times = new Map<string, number[]>();
    // Seven at least: a start depends on more than the code that is started.
    for (let run = 0; run < (quick ? 1 : Math.max(7, runs)); run += 1) {
      for (const subject of subjects) {
        const { answeredAfter } = await start(subject, environment);
        times.set(subject.name, [...(times.get(subject.name) ?? []), answeredAfter]);
      }
    }
    return reportOf(subjects, (name) => median(times.get(name) ?? []));
  } finally {
    await table.stop();
    await cache.stop();
    rmSync(folder, { recursive: true });
  }
}

async function baselinesIn(folder: string): Promise<Subject[]> {
  const names = Object.keys(BASELINES).filter((name): name is BaselineName => name in BASELINES);
  return Promise.all(
    names.map(async (name) => {
      const own = join(folder, name);
      await buildBaseline(name, own);
      return { name, folder: own, event: {}, clients: undefined };
    }),
  );
}

async function start({ name, folder, event }: Subject, environment: NodeJS.ProcessEnv): Promise<FirstAnswer> {
  const program = [pathOf('first-answer.ts'), join(folder, 'index.mjs'), JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, program, { env: environment });
  const answer: FirstAnswer = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  const { statusCode = 200 } = answer.response ?? {};
  // Who refuses a request at the door has used no client.
  if (statusCode === 400 || statusCode >= 500) throw new Error(`${name} answered ${statusCode}`);
  return answer;
}

interface FirstAnswer {
  /** Milliseconds after the start of the process. */
  readonly answeredAfter: number;
  readonly response?: { readonly statusCode?: number } | null;
}

function environmentOf(cacheEndpoint: string, tableUrl: string): NodeJS.ProcessEnv {
  return {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'function',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: tableUrl,
    TABLE_NAME: 'bench',
    CACHE_STORE: 'momento',
    CACHE_NAME,
    MOMENTO_ENDPOINT: cacheEndpoint,
    POWERTOOLS_LOG_LEVEL: 'ERROR',
    AUDIT_QUEUE_URL: `${tableUrl}/queue`,
  };
}

/**
 * Milliseconds by which a function may start later than its clients alone, where those take so many: a slower machine
 * takes longer for both, and only the ratio can be compared.
 */
const ALLOWANCE = 25;
const CLIENTS = 120;

function reportOf(subjects: readonly Subject[], timeOf: (name: string) => number): PartReport {
  const beyond = (name: string, other: string): number => timeOf(name) - timeOf(other);
  const perFunction = (figure: (name: string, clients: BaselineName) => number): Record<string, number> =>
    Object.fromEntries(
      subjects.flatMap(({ name, clients }) => (clients === undefined ? [] : [[name, figure(name, clients)]])),
    );
  return {
    part: 'cold',
    about: 'Process start to first answer in ms, medians; and bundle sizes in KB of 1,024 bytes.',
    tables: [
      {
        title: 'bundle',
        columns: ['first answer', 'beyond an empty one', 'its clients', 'beyond them', 'KB at start', 'KB in all'],
        rows: subjects.map((subject) => {
          const { atStart, total } = bundleSize(subject.folder);
          return [
            subject.name,
            timeOf(subject.name),
            beyond(subject.name, 'empty'),
            subject.clients ?? '',
            subject.clients === undefined ? '' : beyond(subject.name, subject.clients),
            Math.round(atStart / 1_024),
            Math.round(total / 1_024),
          ];
        }),
      },
    ],
    targets: [
      {
        what: 'start beyond an empty one, over that of its clients',
        bound: { atMost: (CLIENTS + ALLOWANCE) / CLIENTS },
        measured: perFunction((name, clients) => beyond(name, 'empty') / beyond(clients, 'empty')),
      },
      {
        what: 'ms of a function’s start beyond its clients',
        bound: { atMost: ALLOWANCE },
        measured: perFunction(beyond),
      },
    ],
  };
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
