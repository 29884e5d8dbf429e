import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { bytes, count, duration } from '../../figures/format.ts';
import type { EntryLine, EntryList, OpenEntry, TableSide, Verdict } from '../protocol.ts';
import type { PageState } from './state.ts';

/** What the list of entries does when it is used. */
export interface EntryActions {
  search(text: string): void;
  open(key: string): void;
}

/** What is in the cache. */
export function entriesView(
  { entries, entriesProblem, search, news }: PageState,
  actions: EntryActions,
): TemplateResult {
  const now = news?.now ?? Date.now();
  const found = entries === undefined ? '' : foundText(entries);
  return html`
    <div class="panel-head">
      <h2 id="entries-title">Entries</h2>
      <span class=${entriesProblem === undefined ? 'dim' : 'bad'}>${entriesProblem ?? found}</span>
      <input
        id="search"
        type="search"
        placeholder="Search  /"
        aria-label="Search the entries by key, name or kind"
        aria-keyshortcuts="/"
        .value=${search}
        @input=${({ currentTarget }: InputEvent) => {
          if (currentTarget instanceof HTMLInputElement) actions.search(currentTarget.value);
        }}
      />
    </div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="entries-title">
      <table>
        <thead>
          <tr><th>Kind</th><th>By</th><th class="wide">Key</th><th class="number">Age</th><th class="number">Left</th><th class="number">Size</th></tr>
        </thead>
        <tbody>
          ${repeat(
            entries?.entries ?? [],
            ({ key }) => key,
            (line) => entryRow(line, now, actions),
          )}
        </tbody>
      </table>
      ${entries?.matching === 0 ? html`<p class="empty">${search === '' ? 'The cache is empty.' : 'Nothing matches.'}</p>` : nothing}
    </div>
  `;
}

/** Of a cache that is larger than the server looks through, how many there are is not known. */
const foundText = ({ matching, total, isCut }: EntryList): string =>
  isCut ? `${count(matching)} of the first ${count(total)}` : `${count(matching)} of ${count(total)}`;

const entryRow = (
  { key, of, label, kind, by, at, ttl, bytes: size }: EntryLine,
  now: number,
  { open }: EntryActions,
) => html`
  <tr>
    <td><span class="mark ${kind}">${kind}</span></td>
    <td class="dim">${by ?? nothing}</td>
    <td class="wide" title=${key}>
      <button type="button" class="link" @click=${() => open(key)}><span class="dim">${of}</span> ${label}</button>
    </td>
    <td class="number">${at === undefined ? nothing : duration(now - at)}</td>
    <td class="number">${duration(ttl)}</td>
    <td class="number">${bytes(size)}</td>
  </tr>
`;

/** An entry beside what the table has; `undefined` while it is not (or no longer) in the cache. */
export const entryView = (key: string, entry: OpenEntry | undefined, close: () => void): TemplateResult => html`
  <div class="panel-head">
    <h2 id="entry-title">${entry === undefined ? key : html`<span class="dim">${entry.of}</span> ${entry.label}`}</h2>
    ${entry === undefined ? nothing : verdictOf(entry.table)}
    <button type="button" @click=${close} aria-keyshortcuts="Escape">Close <kbd aria-hidden="true">Esc</kbd></button>
  </div>
  ${entry === undefined ? html`<p class="empty">It is not in the cache: the next reader asks the table.</p>` : sidesOf(entry)}
`;

function sidesOf({ key, header, payload, kind, ttl, table }: OpenEntry): TemplateResult {
  const inCache = payload ?? NO_PAYLOAD[kind];
  const inTable = table.kind === 'read' ? (table.payload ?? 'There is no such item.') : table.why;
  const isMarked = table.kind === 'read' && table.verdict === 'differs';
  return html`
  <dl>
    <dt>Key</dt><dd><code>${key}</code></dd>
    <dt>Header</dt><dd><code>${header}</code></dd>
    <dt>Expires</dt><dd>in ${duration(ttl)}</dd>
  </dl>
  <div class="sides">
    <section aria-label="In the cache">
      <h3>In the cache</h3>
      <pre tabindex="0">${isMarked ? marked(inCache, inTable) : inCache}</pre>
    </section>
    <section aria-label="In the table">
      <h3>In the table, as the cache map projects it</h3>
      <pre tabindex="0">${isMarked ? marked(inTable, inCache) : inTable}</pre>
    </section>
  </div>
`;
}

/** Marks the lines that the other side does not have. */
function marked(text: string, other: string): (TemplateResult | string)[] {
  const known = new Set(other.split('\n'));
  return text.split('\n').map((line) => (known.has(line) ? `${line}\n` : html`<mark>${line}</mark>${'\n'}`));
}

const NO_PAYLOAD: Readonly<Record<EntryLine['kind'], string>> = {
  value: '',
  page: '',
  absent: 'There is no such item: a cached answer.',
  tombstone: 'Something has changed: the next reader asks the table.',
  generation: 'Pages that are stored under it are valid.',
  foreign: 'Not an entry of this release: readers take it for a miss.',
};

function verdictOf(table: TableSide): TemplateResult | typeof nothing {
  if (table.kind !== 'read') return nothing;
  return html`<span class="mark ${table.verdict}" role="status">${VERDICTS[table.verdict]}</span>`;
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  agrees: 'agrees with the table',
  differs: 'differs: a change is on its way',
  'asks-the-table': 'not answered with: readers ask the table',
};
