import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { clockTime, milliseconds } from '../../figures/format.ts';
import type { ChangeLine, RequestLine } from '../protocol.ts';
import { linesShown, type PageState } from './state.ts';

/** Requests as they are answered. */
export function requestsView(state: PageState, freeze: () => void): TemplateResult {
  const { requests } = linesShown(state);
  const isFrozen = state.frozen !== undefined;
  return html`
  <div class="panel-head">
    <h2 id="requests-title">Requests</h2>
    <button type="button" aria-pressed=${isFrozen} aria-keyshortcuts="f" @click=${freeze}>
      ${isFrozen ? 'Frozen' : 'Freeze'} <kbd aria-hidden="true">f</kbd>
    </button>
  </div>
  <div class="scroll" tabindex="0" role="region" aria-labelledby="requests-title">
    <table>
      <thead>
        <tr><th>Time</th><th class="wide">Request</th><th>Status</th><th>Answer</th><th class="number">Took</th></tr>
      </thead>
      <tbody>
        ${repeat(requests, ({ id }) => id, requestRow)}
      </tbody>
    </table>
    ${requests.length === 0 ? html`<p class="empty">None yet. Press <kbd>r</kbd>, or run <code>npm run load</code>.</p>` : nothing}
  </div>
`;
}

const requestRow = ({ at, method, path, status, outcome, milliseconds: took }: RequestLine): TemplateResult => html`
  <tr>
    <td class="dim">${clockTime(at)}</td>
    <td class="wide" title=${`${method} ${path}`}><b>${method}</b> ${path}</td>
    <td class=${status >= 500 ? 'bad' : status >= 400 ? 'dim' : ''}>${status}</td>
    <td>${outcome === undefined ? nothing : html`<span class="mark ${outcome}">${outcome}</span>`}</td>
    <td class="number">${milliseconds(took)}</td>
  </tr>
`;

/** Changes as the synchronizer deals with them. */
export function changesView(state: PageState, open: (key: string) => void): TemplateResult {
  const { changes } = linesShown(state);
  return html`
  <div class="panel-head"><h2 id="changes-title">Changes</h2></div>
  <div class="scroll" tabindex="0" role="region" aria-labelledby="changes-title">
    <table>
      <thead>
        <tr><th>Time</th><th>Event</th><th class="wider">Item</th><th>Decision</th><th class="wide">Why</th><th class="number">Delay</th></tr>
      </thead>
      <tbody>
        ${repeat(
          changes,
          ({ id }) => id,
          (line) => changeRow(line, open),
        )}
      </tbody>
    </table>
    ${changes.length === 0 ? html`<p class="empty">None yet. Press <kbd>u</kbd> to change a user.</p>` : nothing}
  </div>
`;
}

function changeRow(
  { at, event, key, label, decision, reason, delay, renewed }: ChangeLine,
  open: (key: string) => void,
) {
  const why = renewed === 0 ? reason : `${reason}; ${renewed === 1 ? 'a list' : `${renewed} lists`} made outdated`;
  return html`
    <tr>
      <td class="dim">${clockTime(at)}</td>
      <td class="dim">${event?.toLowerCase() ?? nothing}</td>
      <td class="wider" title=${label}>
        ${key === undefined ? label : html`<button type="button" class="link" @click=${() => open(key)}>${label}</button>`}
      </td>
      <td><span class="mark ${decision}">${decision}</span></td>
      <td class="wide dim" title=${why}>${why}</td>
      <td class="number">${delay === undefined ? nothing : milliseconds(delay)}</td>
    </tr>
  `;
}
