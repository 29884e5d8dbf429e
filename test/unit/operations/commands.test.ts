import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const pathOf = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));

/** What the documents tell operators to type: commands, each with the flags that are used with it somewhere. */
const typed = new Map<string, Set<string>>();
for (const document of ['operations.md', 'adopting.md']) {
  const text = readFileSync(pathOf(`docs/${document}`), 'utf8');
  for (const [, command = '', rest = ''] of text.matchAll(/npx dynamo-cache-sync (\w+)([^`\n]*)/g)) {
    const flags = typed.get(command) ?? new Set();
    for (const [flag] of rest.matchAll(/--[\w-]+/g)) flags.add(flag);
    typed.set(command, flags);
  }
}

it.each([...typed])(
  'the command %s, which the documents name, has the flags that they name',
  async (command, flags) => {
    const { stdout } = await promisify(execFile)(process.execPath, [pathOf('cli/main.ts'), command, '--help']);

    expect(stdout).toMatch(new RegExp(`^Usage: dynamo-cache-sync ${command} `));
    for (const flag of flags) expect(stdout).toMatch(new RegExp(`^ +${flag} `, 'm'));
  },
);
