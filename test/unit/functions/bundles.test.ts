import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { sourceOf } from '../../../local/template/source.ts';
import { type FunctionDefinition, readTemplate } from '../../../local/template/template.ts';

/** What code a cache cannot be reached without. */
const CACHE_CODE = [
  /^cache\.config\.ts$/,
  /^shared\/(entry|map|read|store|sync|repair)\//,
  /^shared\/runtime\/(clients|credential|overrides|reader|read-function)\.ts$/,
  /node_modules\/(@gomomento|@grpc|@redis|google-protobuf|protobufjs|ioredis|redis)\//,
];

/** Routes by what their method says that they do. */
const apis = readTemplate().functions.filter(({ routes }) => routes.length > 0);
const isRead = ({ routes }: FunctionDefinition) => routes.every(({ method }) => method === 'GET');

const { metafile } = await build({
  entryPoints: apis.map(({ bundle }) => ({ in: sourceOf(bundle), out: bundle })),
  bundle: true,
  outdir: 'out',
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  metafile: true,
  write: false,
  logLevel: 'silent',
});

describe('the write path does not know the cache', () => {
  test.each(apis.filter((api) => !isRead(api)))('$bundle', (api) => {
    const modules = modulesOf(api);
    expect(modules).toContain('functions/model/table.ts');
    expect(modules.filter((module) => CACHE_CODE.some((pattern) => pattern.test(module)))).toEqual([]);
    expect(variablesOf(api).filter((name) => /CACHE|MOMENTO|REDIS/.test(name))).toEqual([]);
  });
});

describe('the read path does not write the table', () => {
  test.each(apis.filter(isRead))('$bundle', (api) => {
    const modules = modulesOf(api);
    expect(modules).toContain('shared/read/reader.ts');
    expect(modules).not.toContain('functions/model/table.ts');
  });
});

/** The modules that have code in a function's bundle. */
function modulesOf({ bundle }: FunctionDefinition): string[] {
  const { inputs = {} } = metafile.outputs[`out/${bundle}.js`] ?? {};
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

/** The variables that the template sets for a function. */
const variablesOf = (api: FunctionDefinition): string[] =>
  Object.keys(readTemplate().environment(api, { Table: 'sample', LogGroup: 'logs' }));
