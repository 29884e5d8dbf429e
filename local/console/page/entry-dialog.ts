import { render } from 'lit-html';
import type { OpenEntry } from '../protocol.ts';
import { openEntry } from './server.ts';
import { entryView } from './view-entries.ts';

/** Shows one entry beside the table, and keeps up with both while it is open. */
export function createEntryDialog(dialog: HTMLDialogElement): { open(key: string): void } {
  let shown: string | undefined;
  const close = (): void => dialog.close();
  dialog.addEventListener('close', () => {
    shown = undefined;
  });
  setInterval(() => void refresh(), REFRESH_INTERVAL);

  async function refresh(): Promise<void> {
    const key = shown;
    if (key === undefined) return;
    let entry: OpenEntry | undefined;
    try {
      entry = await openEntry(key);
    } catch {
      // The connection is lost, which the page says elsewhere: what was shown last stays.
      return;
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
