/** The last lines of something that goes on and on, and who reads along. */
export interface Feed<Line extends { readonly id: number }> {
  /** @param make is told the line's number, which counts up from 1 */
  add(make: (id: number) => Line): void;
  /** Begins with what is kept; each call then answers the lines since the one before, as far as they are kept. */
  follow(): () => Line[];
}

/** @param kept how many lines are kept; who reads too slowly misses what was in between */
export function createFeed<Line extends { readonly id: number }>(kept: number): Feed<Line> {
  const lines: Line[] = [];
  let last = 0;
  return {
    add(make) {
      last += 1;
      lines.push(make(last));
      if (lines.length > kept) lines.shift();
    },
    follow() {
      let seen = 0;
      return () => {
        const news = lines.filter(({ id }) => id > seen);
        seen = last;
        return news;
      };
    },
  };
}
