import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Output } from '../../../cli/terminal/output.ts';
import { showProgress } from '../../../cli/terminal/progress.ts';

let written: string;
const outputTo = (live: boolean): Output => ({
  write: () => {},
  writeError: (text) => {
    written += text;
  },
  columns: 20,
  colors: false,
  live,
  closed: new AbortController().signal,
});

beforeEach(() => {
  written = '';
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it('says nothing of what takes less than a second', () => {
  const progress = showProgress(outputTo(true), () => 'far');
  vi.advanceTimersByTime(999);
  progress.end();
  vi.advanceTimersByTime(60_000);

  expect(written).toBe('');
});

it('draws one line again and again where somebody watches, and takes it away in the end', () => {
  let done = 0;
  const progress = showProgress(outputTo(true), () => `${done} of many`);
  vi.advanceTimersByTime(1_000);
  done = 7;
  vi.advanceTimersByTime(200);
  progress.end();

  expect(written).toBe('\r\u001b[2K0 of many\r\u001b[2K7 of many\r\u001b[2K');
});

it('writes whole lines, and few, where nobody does', () => {
  const progress = showProgress(outputTo(false), () => 'a line that is longer than the terminal');
  vi.advanceTimersByTime(6_000);
  progress.end();

  expect(written).toBe('a line that is lon…\na line that is lon…\n');
});
