/** Where a command writes. */
export interface Output {
  /** What was asked for: to standard output. */
  write(text: string): void;
  /** What went wrong, and progress: to standard error. */
  writeError(text: string): void;
  /** Width of the terminal, in columns. */
  readonly columns: number;
  /** Whether standard output takes colours. */
  readonly colors: boolean;
  /** Whether somebody watches standard error: lines there may be drawn again. */
  readonly live: boolean;
  /** Aborts when nobody reads standard output any longer, for a command that would go on for ever. */
  readonly closed: AbortSignal;
}

/** The output of this process. */
export function processOutput(): Output {
  const { stdout, stderr, env } = process;
  const closed = new AbortController();
  // Whoever reads the output may have seen enough (`| head`): the rest of it is dropped, the exit code is still told.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream === stdout) closed.abort();
    });
  }
  const dumb = env.TERM === 'dumb';
  return {
    write: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
    // A terminal that nobody has given a size (in a container, under `script`) says 0.
    columns: stdout.columns || stderr.columns || Number(env.COLUMNS) || 100,
    // It is undefined, not false, where it is no terminal; and picocolors, given nothing, takes any CI for one.
    colors: stdout.isTTY === true && !env.NO_COLOR && !dumb,
    live: stderr.isTTY === true && !dumb,
    closed: closed.signal,
  };
}
