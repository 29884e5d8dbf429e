/** Makes something on first use and keeps it. A failure is not kept: the next use tries again. */
export function once<Input, Result>(make: (input: Input) => Promise<Result>): (input: Input) => Promise<Result> {
  let made: Promise<Result> | undefined;
  return (input) => {
    made ??= make(input).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
