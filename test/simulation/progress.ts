import pc from 'picocolors';

/** How often a line is written where none can be overwritten, in milliseconds. */
const INTERVAL = 60_000;

const isTerminal = process.stderr.isTTY;
let writtenAt = performance.now();

/**
 * Says on standard error how far things are: in a terminal in one line, which the next one overwrites; in a log a line
 * a minute, so that whoever finds a run that was killed knows how far it had come.
 */
export function showProgress(line: string): void {
  if (isTerminal) process.stderr.write(`\r\u001b[2K${pc.dim(line)}`);
  else if (performance.now() - writtenAt >= INTERVAL) {
    writtenAt = performance.now();
    process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  }
}

/** Nothing is under way any more: what comes next begins on a line of its own. */
export function endProgress(): void {
  if (isTerminal) process.stderr.write('\r\u001b[2K');
}
