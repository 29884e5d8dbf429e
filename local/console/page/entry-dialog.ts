import { render } from 'lit-html';
import type { OpenEntry } from '../protocol.ts';
import { openEntry, problemOf } from './server.ts';
import { entryView } from './view-entries.ts';

/** Shows one entry beside the table, and keeps up with both while it is open. */
export function createEntryDialog(
  dialog: HTMLDialogElement,
  onProblem: (sentence: string) => void,
): { open(key: string): void } {
  let shown: string | undefined;
  /** What is being asked for: a server that is slow is not asked again meanwhile. */
  let asked: string | undefined;
  const close = (): void => dialog.close();
  dialog.addEventListener('close', () => {
    shown = undefined;
  });
  setInterval(() => void refresh(), REFRESH_INTERVAL);

  async function refresh(): Promise<void> {
    const key = shown;
    if (key === undefined || key === asked) return;
    asked = key;
    let entry: OpenEntry | undefined;
    try {
      entry = await openEntry(key);
    } catch (error) {
      // What was shown last stays. What was not shown yet does not appear later, unasked.
      if (key === shown && !dialog.open) {
        shown = undefined;
        onProblem(problemOf(error));
      }
      return;
    } finally {
      if (asked === key) asked = undefined;
    }
    if (key !== shown) return;
    render(entryView(key, entry, close), dialog);
    if (!dialog.open) dialog.showModal();
  }

  return {
    open(key) {
      shown = key;
      void refresh();
    },
  };
}

/** Milliseconds. */
const REFRESH_INTERVAL = 500;
