/** An error as it may stand in a log. */
export interface DescribedError {
  readonly error: string;
  readonly cause: string | undefined;
  /** Where it was thrown: the frames of its stack, without the message that heads it. */
  readonly stack: readonly string[];
}

/**
 * What a log may say of an error: its class, its cause's class and its stack. Messages are left out, because they quote
 * what they choked on: a parser its text, the user's code an item.
 */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { error: typeof error, cause: undefined, stack: [] };
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return {
    error: error.name,
    cause: error.cause instanceof Error ? error.cause.name : undefined,
    stack: lines.filter((line) => line.startsWith('at ')),
  };
}
