/** `npm run bench -- <strategies|engine>`: what it costs and what it is worth, beside what one would otherwise ship. */
import { Command, CommanderError } from 'commander';
import { engineCommand } from './engine/command.ts';
import { strategiesCommand } from './strategies/command.ts';

// Whoever reads the output may have seen enough (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const program = new Command('npm run bench --')
  .description('Measures the caching strategies side by side, and the engine against its peers.')
  .exitOverride()
  .addCommand(strategiesCommand())
  .addCommand(engineCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed what was wrong, or the help that was asked for.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
