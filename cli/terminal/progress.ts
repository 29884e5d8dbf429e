import { type Duration, seconds } from '../../shared/time.ts';
import type { Output } from './output.ts';
import { shorten } from './text.ts';

/** A line that says how far something is. */
export interface Progress {
  /** Takes the line away. Idempotent. */
  end(): void;
}

/**
 * Shows on standard error how far something is, once it has taken longer than a second: one line that is drawn again
 * where somebody watches, a new line every five seconds where nobody does (the log of a deploy).
 *
 * @param line what to show now; asked only when it is shown. `width` is what there is room for, in columns.
 * @example
 * const progress = showProgress(output, () => `${scanned} items`);
 * try { … } finally { progress.end(); }
 */
export function showProgress(output: Output, line: (width: number) => string): Progress {
  const interval = output.live ? REDRAW_INTERVAL : LINE_INTERVAL;
  let drawn = false;
  const draw = (): void => {
    const width = output.columns - 1;
    const text = shorten(line(width), width);
    output.writeError(output.live ? `${CLEAR_LINE}${text}` : `${text}\n`);
    drawn = true;
  };
  let timer: NodeJS.Timeout = setTimeout(() => {
    draw();
    timer = setInterval(draw, interval);
  }, FIRST_AFTER);
  return {
    end() {
      clearTimeout(timer);
      if (drawn && output.live) output.writeError(CLEAR_LINE);
      drawn = false;
    },
  };
}

const FIRST_AFTER: Duration = seconds(1);
const REDRAW_INTERVAL: Duration = seconds(0.2);
const LINE_INTERVAL: Duration = seconds(5);

const CLEAR_LINE = '\r\u001b[2K';
