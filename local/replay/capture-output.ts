/**
 * Runs something and takes what it prints to standard output, line by line, as Lambda takes it for a function's log:
 * metrics and logs must not get between the lines of a report.
 */
export async function captureOutput<Result>(run: () => Promise<Result>, take: (line: string) => void): Promise<Result> {
  const { stdout } = process;
  const original = stdout.write;
  let rest = '';
  const capture: typeof stdout.write = (
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    callback?: (error?: Error | null) => void,
  ) => {
    const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  stdout.write = capture;
  try {
    return await run();
  } finally {
    stdout.write = original;
    if (rest !== '') take(rest);
  }
}
