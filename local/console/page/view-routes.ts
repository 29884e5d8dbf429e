import { html, nothing, type TemplateResult } from 'lit-html';
import type { RouteFigures } from '../../figures/figures.ts';
import { count, milliseconds, percent } from '../../figures/format.ts';
import { readsIn } from '../../figures/outcomes.ts';
import type { PageState } from './state.ts';

/** Each route since the start: the figures that `npm run load` reports, as they look from inside. */
export const routesView = ({ news }: PageState): TemplateResult => html`
  <div class="panel-head">
    <h2 id="routes-title">Routes</h2>
    <span class="dim">since the start; as the server took it, the function included</span>
  </div>
  <div class="scroll" tabindex="0" role="region" aria-labelledby="routes-title">
    <table>
      <thead>
        <tr>
          <th class="wide">Route</th>
          ${['Requests', 'Hit ratio', 'Hit', 'Absent', 'Miss', 'Bypass', 'p50', 'p90', 'p99', 'Max', 'Errors'].map(
            (name) => html`<th class="number">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${news?.total.routes.map(routeRow)}
      </tbody>
    </table>
    ${news?.total.routes.length === 0 ? html`<p class="empty">No requests yet.</p>` : nothing}
  </div>
`;

function routeRow({ route, requests, errors, outcomes, hitRatio, latency }: RouteFigures): TemplateResult {
  const [method, path] = route.split(' ');
  const isRead = readsIn(outcomes) > 0;
  const cells = [
    count(requests),
    isRead ? percent(hitRatio) : '',
    ...[outcomes.hit, outcomes.absent, outcomes.miss, outcomes.bypass].map((some) => (isRead ? count(some) : '')),
    ...[latency?.p50, latency?.p90, latency?.p99, latency?.max].map(milliseconds),
    count(errors),
  ];
  return html`
    <tr>
      <td class="wide"><b>${method}</b> ${path}</td>
      ${cells.map((cell) => html`<td class="number">${cell}</td>`)}
    </tr>
  `;
}
