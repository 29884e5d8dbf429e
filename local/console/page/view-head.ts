import { html, nothing, type TemplateResult } from 'lit-html';
import { count, milliseconds, percent, rate } from '../../figures/format.ts';
import { hitRatio, type Outcomes, readsIn } from '../../figures/outcomes.ts';
import type { PageState } from './state.ts';

/** The name of the page, and whether it is told anything. */
export const headView = ({ connection, said }: PageState, openHelp: () => void): TemplateResult => html`
  <h1>dynamo-cache-sync <span>console</span></h1>
  <p class="note">Shows items as they are, to this machine alone.</p>
  <p id="said" role="status">${said}</p>
  <p id="connection" class=${connection} role="status">${connection === 'live' ? 'live' : 'connecting…'}</p>
  <button type="button" @click=${openHelp} aria-keyshortcuts="?">Keys <kbd>?</kbd></button>
`;

/** How it is going: the last ten seconds, and what was saved since the start. */
export function figuresView({ news }: PageState): TemplateResult {
  if (news === undefined) return html`<p class="empty">Nothing yet.</p>`;
  const { recent, total } = news;
  const { latencies, outcomes } = recent;
  const reads = readsIn(outcomes);
  return html`
    ${tile('Hit ratio', percent(hitRatio(outcomes)), sharesOf(outcomes), 'hit-ratio')}
    ${tile('Reads', `${rate(reads, SECONDS)}/s`, `${count(readsIn(total.outcomes))} since the start`)}
    ${tile('Writes', `${rate(recent.writes, SECONDS)}/s`, `${count(total.requests - readsIn(total.outcomes))} since the start`)}
    ${tile('Wait for the cache', milliseconds(latencies.cache?.p50), `p99 ${milliseconds(latencies.cache?.p99)}`)}
    ${tile('Wait for the table', milliseconds(latencies.table?.p50), `p99 ${milliseconds(latencies.table?.p99)}`)}
    ${tile('From write to entry', milliseconds(latencies.propagation?.p50), `p99 ${milliseconds(latencies.propagation?.p99)}`)}
    ${tile('Table reads saved', count(total.tableReadsSaved), `${percent(total.hitRatio)} of all reads`)}
    ${tile('Errors', count(recent.errors), `${count(total.errors)} since the start`)}
  `;
}

/** What the server calls recent. */
const SECONDS = 10;

const tile = (name: string, value: string, detail: string, id = ''): TemplateResult => html`
  <div class="tile" id=${id || nothing}>
    <h2>${name}</h2>
    <p class="value">${value}</p>
    <p class="detail">${detail}</p>
  </div>
`;

const sharesOf = ({ hit, absent, miss, bypass }: Outcomes): string =>
  `hit ${count(hit)} · absent ${count(absent)} · miss ${count(miss)} · bypass ${count(bypass)}`;
