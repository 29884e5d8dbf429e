import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { requireRedisServer } from '../../local/redis/redis-server.ts';

/** What is compared, and what it is compared over. */
const PACKAGES = [
  '@gomomento/sdk',
  '@aws-lambda-powertools/batch',
  '@aws-sdk/client-dynamodb',
  '@redis/client',
  'bentocache',
  'ioredis',
] as const;

/** Versions of the contestants, by their names. */
export async function versions(): Promise<Record<string, string>> {
  const packages = Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)]));
  // That there is none is told by the part that needs one.
  return { ...packages, redis: await requireRedisServer().catch(() => 'none') };
}

function packageVersion(name: string): string {
  const path = fileURLToPath(new URL(`../../node_modules/${name}/package.json`, import.meta.url));
  return v.parse(Manifest, JSON.parse(readFileSync(path, 'utf8'))).version;
}

const Manifest = v.object({ version: v.string() });
