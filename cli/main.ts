/** `dynamo-cache-sync <command>`: see and mend what is cached of a table. */
import { Command, CommanderError } from 'commander';
import { listenForInterruption } from '../local/process/interruption.ts';
import { type Duration, seconds } from '../shared/time.ts';
import { explain } from './errors.ts';
import { EXIT, type ExitCode, type Session } from './session.ts';
import { processOutput } from './terminal/output.ts';

/** Each is loaded where it is used: all of them, with the AWS clients of each, take a second. */
const COMMANDS: Readonly<Record<string, () => Promise<(session: Session) => Command>>> = {
  inspect: async () => (await import('./inspect/command.ts')).inspectCommand,
  verify: async () => (await import('./verify/command.ts')).verifyCommand,
  tail: async () => (await import('./tail/command.ts')).tailCommand,
  warm: async () => (await import('./warm/command.ts')).warmCommand,
  purge: async () => (await import('./purge/command.ts')).purgeCommand,
  redrive: async () => (await import('./redrive/command.ts')).redriveCommand,
  flush: async () => (await import('./flush/command.ts')).flushCommand,
  replay: async () => (await import('../local/replay/command.ts')).replayCommand,
};

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
for (const define of await commandsFor(process.argv[2])) {
  const command = define(session);
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  session.done(exitCodeOf(error));
}
process.stdout.write('', () => setTimeout(() => process.exit(), LINGER).unref());

/**
 * A client that was closed can leave a timer behind, such as the backoff of a connection that is no longer wanted, which
 * would keep the process for minutes. Nobody waits for that; for what is still being printed, the process does wait.
 */
const LINGER: Duration = seconds(1);

/** The command of a name; all of them where that is none, for the help and for "did you mean". */
function commandsFor(name = ''): Promise<((session: Session) => Command)[]> {
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all((named === undefined ? Object.values(COMMANDS) : [named]).map((load) => load()));
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
