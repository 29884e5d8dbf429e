import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleSize } from '../../../local/bundles/size.ts';
import { toEvent } from '../../../local/http/event.ts';
import { CACHE_NAME, startCacheProcess } from '../cache-process.ts';
import type { PartReport } from '../report.ts';
import type { PartOptions } from '../run.ts';
import { median } from '../statistics.ts';
import { BASELINES, type BaselineName, buildBaseline } from './clients.ts';
import { startTableStub } from './table-stub.ts';

/**
 * Cold start: from the start of the process to the first answer, for built functions and for bundles of nothing but
 * the clients that they cannot do without. A process each, in turns.
 *
 * @throws {NotBuilt} when there is no `dist`
 */
export async function runCold({ runs, quick }: PartOptions): Promise<PartReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  const cache = await startCacheProcess();
  const table = await startTableStub();
  try {
    const bundles = quick ? [] : FUNCTIONS;
    const subjects = [...(await baselinesIn(folder)), ...(await Promise.all(bundles.map(functionOf)))];
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

/** The functions have to be built before they can be started. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt';
}

interface Subject {
  readonly name: string;
  readonly folder: string;
  readonly event: unknown;
  /** What it cannot do without. */
  readonly clients: BaselineName | undefined;
}

const FUNCTIONS = [
  { bundle: 'sync', clients: 'Momento', event: sampleEvent },
  {
    bundle: 'accounts-get-user',
    clients: 'Momento and DynamoDB',
    event: () => request('/users/{username}', 'username'),
  },
  {
    bundle: 'catalog-delete-product',
    clients: 'DynamoDB',
    event: () => request('/products/{productId}', 'productId', 'DELETE'),
  },
  { bundle: 'audit', clients: 'Momento and DynamoDB', event: () => ({ Records: [] }) },
  { bundle: 'redrive', clients: 'Momento', event: () => ({ Records: [] }) },
] as const;

async function functionOf({ bundle, clients, event }: (typeof FUNCTIONS)[number]): Promise<Subject> {
  const folder = pathOf(`../../../dist/${bundle}`);
  if (!existsSync(folder)) throw new NotBuilt(`${folder} does not exist: run "npm run build" first`);
  return { name: bundle, folder, event: await event(), clients };
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

async function start({ folder, event }: Subject, environment: NodeJS.ProcessEnv): Promise<{ answeredAfter: number }> {
  const program = [pathOf('first-answer.ts'), join(folder, 'index.mjs'), JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, program, { env: environment });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
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

function reportOf(subjects: readonly Subject[], timeOf: (name: string) => number): PartReport {
  const beyond = ({ name, clients }: Subject): number | undefined =>
    clients === undefined ? undefined : timeOf(name) - timeOf(clients);
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
            timeOf(subject.name) - timeOf('empty'),
            subject.clients ?? '',
            beyond(subject) ?? '',
            Math.round(atStart / 1_024),
            Math.round(total / 1_024),
          ];
        }),
      },
    ],
    targets: [
      {
        what: 'ms of a function’s start beyond its clients',
        bound: { atMost: 25 },
        measured: Object.fromEntries(
          subjects.flatMap((subject) => {
            const ms = beyond(subject);
            return ms === undefined ? [] : [[subject.name, ms]];
          }),
        ),
      },
    ],
  };
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

function sampleEvent(): unknown {
  return JSON.parse(readFileSync(pathOf('../../../events/01-user-inserted.json'), 'utf8'));
}

/** @param path with one parameter, whose name is given too */
function request(path: string, parameter: string, method = 'GET'): Promise<unknown> {
  return toEvent({
    request: new Request(`http://api.test${path.replace(`{${parameter}}`, 'none')}`, { method }),
    routeKey: `${method} ${path}`,
    pathParameters: { [parameter]: 'none' },
    sourceIp: '192.0.2.1',
    receivedAt: Date.now(),
  });
}
