#!/usr/bin/env node
/*
 * `npx dynamo-cache-sync`: starts the command line on the Node that it needs. Whatever Node the machine has runs this
 * file, so it is plain JavaScript; the sources beside it are TypeScript, which Node runs as it is from version 24 on.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = new URL('main.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= 24) await import(MAIN);
else runOn(pinnedNode());

/** The Node that package.json pins, wherever the package was installed. */
function pinnedNode() {
  const manifest = createRequire(import.meta.url).resolve('node/package.json');
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** Runs the command line in a process of its own: signals are passed on to it, its exit code is ours. */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(MAIN), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`dynamo-cache-sync: Node 24 cannot be started (${error.message}): run "npm ci" in its folder.`);
    process.exitCode = 2;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
