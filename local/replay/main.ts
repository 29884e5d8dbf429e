import { CommanderError } from 'commander';
import { EXIT, type Output, replayCommand } from './command.ts';

const { stdout, stderr, env } = process;

// Whoever reads the output may have seen enough (`| head`): the rest of it is dropped, the exit code is still told.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const output: Output = {
  write: (text) => void stdout.write(text),
  writeError: (text) => void stderr.write(text),
  columns: stdout.columns ?? (Number(env.COLUMNS) || 100),
  // It is undefined, not false, where it is no terminal; and picocolors, given nothing, takes any CI for one.
  colors: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
};

const command = replayCommand(output, (exitCode) => {
  process.exitCode = exitCode;
}).exitOverride();

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed what was wrong, or the help that was asked for.
  process.exitCode = error.exitCode === 0 ? 0 : EXIT.unusable;
}
