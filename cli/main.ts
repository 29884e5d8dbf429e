/** `dynamo-cache-sync <command>`: see and mend what is cached of a table. */
import { Command, CommanderError } from 'commander';
import { replayCommand } from '../local/replay/command.ts';
import { explain } from './errors.ts';
import { flushCommand } from './flush/command.ts';
import { inspectCommand } from './inspect/command.ts';
import { listenForInterruption } from './interrupt.ts';
import { purgeCommand } from './purge/command.ts';
import { redriveCommand } from './redrive/command.ts';
import { EXIT, type ExitCode, type Session } from './session.ts';
import { tailCommand } from './tail/command.ts';
import { processOutput } from './terminal/output.ts';
import { verifyCommand } from './verify/command.ts';
import { warmCommand } from './warm/command.ts';

const output = processOutput();
let interruption: AbortSignal | undefined;

const session: Session = {
  output,
  environment: process.env,
  interruption() {
    interruption ??= listenForInterruption();
    return interruption;
  },
  done(exitCode) {
    process.exitCode = exitCode;
  },
};

const program = new Command('dynamo-cache-sync')
  .description('Sees and mends what is cached of a DynamoDB table.')
  .addHelpText('after', '\nExample:\n  npx dynamo-cache-sync inspect user username=alice')
  .exitOverride();
const commands = [
  inspectCommand,
  verifyCommand,
  tailCommand,
  warmCommand,
  purgeCommand,
  redriveCommand,
  flushCommand,
  replayCommand,
];
for (const define of commands) {
  const command = define(session);
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  session.done(exitCodeOf(error));
}

/** One sentence for what can be put right; anything else is a defect, and shown whole. */
function exitCodeOf(error: unknown): ExitCode {
  // Commander has said what there was to say, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.unusable;
  if (interruption?.aborted && interruption.reason === error) return EXIT.interrupted;
  const sentence = explain(error);
  if (sentence === undefined) console.error(error);
  else output.writeError(`dynamo-cache-sync: ${sentence}\n`);
  return EXIT.unusable;
}
