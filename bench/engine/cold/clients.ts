import { build } from 'esbuild';

const DYNAMODB = `
  import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
  const table = new DynamoDBClient({});
  const readTable = () => table.send(new GetItemCommand({ TableName: 'bench', Key: { PK: { S: 'a' } } }));`;

const MOMENTO = `
  import { CacheClient, Configurations, CredentialProvider, NoopMomentoLoggerFactory } from '@gomomento/sdk';
  const [hostname, port] = process.env.MOMENTO_ENDPOINT.split(':');
  const cache = await CacheClient.create({
    credentialProvider: CredentialProvider.forMomentoLocal({ hostname, port: Number(port) }),
    configuration: Configurations.Lambda.latest(new NoopMomentoLoggerFactory()),
    defaultTtlSeconds: 60,
  });
  const readCache = () => cache.get('bench', 'a');
  const fillCache = () => cache.setIfAbsent('bench', 'a', 'b');`;

/** What a function's start is measured against: the clients that it cannot do without, each used once. */
export const BASELINES = {
  empty: 'export const handler = async () => ({});',

  DynamoDB: `${DYNAMODB}
    export const handler = readTable;`,

  Momento: `${MOMENTO}
    export const handler = async () => {
      const { type } = await readCache();
      await fillCache();
      return { type };
    };`,

  'Momento and DynamoDB': `${MOMENTO}${DYNAMODB}
    export const handler = async () => {
      const { type } = await readCache();
      await readTable();
      await fillCache();
      return { type };
    };`,
} as const;

export type BaselineName = keyof typeof BASELINES;

/** Bundles a baseline as the functions are bundled. */
export async function buildBaseline(name: BaselineName, folder: string): Promise<void> {
  const require = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const paths = 'const __filename = import.meta.filename; const __dirname = import.meta.dirname;';
  await build({
    stdin: { contents: BASELINES[name], resolveDir: import.meta.dirname },
    outfile: `${folder}/index.mjs`,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: `${require}${paths}` },
    logLevel: 'error',
  });
}
