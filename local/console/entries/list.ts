import type { EntryLine, EntryList } from '../protocol.ts';

/**
 * Picks what a search is for: every word has to be in the label, the name or the kind of an entry, or in who wrote it; case does not matter.
 * The newest come first.
 */
export function searchEntries(lines: readonly EntryLine[], search: string): Omit<EntryList, 'isCut'> {
  const words = search.toLowerCase().split(/\s+/);
  const matching = lines
    .filter((line) => {
      const text = `${line.of ?? ''} ${line.label} ${line.kind} ${line.by ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  return { entries: matching.slice(0, MOST_SHOWN), matching: matching.length, total: lines.length };
}

const MOST_SHOWN = 200;
