import { COLUMNS } from '../columns.ts';
import type { Comparison, Report } from '../compare.ts';
import { DEFINITIONS, describeScenario } from '../describe.ts';
import type { Figures } from '../figures.ts';
import { percent } from '../format.ts';
import { BILLING, PRICES } from '../prices.ts';
import { judge, type TRADES, type Verdict, verdictsOf } from '../verdict.ts';
import { escapeHtml } from './chart.ts';
import { chartsOf, colorOf } from './charts.ts';
import { STYLE } from './style.ts';

/** The comparison as one page that needs nothing else: no script, no network. The same report is the same page. */
export function renderHtml(report: Report): string {
  const { comparisons, scenario } = report;
  const [first] = comparisons;
  const shown = comparisons[Math.floor(comparisons.length / 2)];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Six ways to cache a table</title>
<style>${STYLE}${tabStyle(comparisons)}</style>
</head>
<body>
<h1>Six ways to cache a table</h1>
<p>One workload, one table, one cache, and the same luck for everybody: what each design answers, how fast, how stale, and
at what cost. Ours is the reader and the stream function of this repository as they are; the cache, the table and its
stream are simulated, in virtual time.</p>
${describeScenario(scenario)
  .map((line) => `<p class="quiet">${escapeHtml(line)}</p>`)
  .join('\n')}
<nav>
<span class="tabs" role="radiogroup" aria-label="Share of writes">${comparisons.map((one) => tab(one, one === shown)).join('')}</span>
${(first?.designs ?? []).map(key).join('\n')}
</nav>
${comparisons.map((comparison) => section(comparison, report)).join('\n')}
<h2>The designs</h2>
<dl>
${(first?.designs ?? []).map(({ design }) => `<dt>${escapeHtml(design.name)}</dt><dd>${escapeHtml(design.description)}</dd>`).join('\n')}
</dl>
<footer>
${[...DEFINITIONS, pricesLine()].map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
</footer>
</body>
</html>
`;
}

/** Which share of writes is shown, without a script. */
const tabStyle = (comparisons: readonly Comparison[]): string =>
  comparisons.map((one) => `body:not(:has(#${idOf(one)}:checked)) section.${idOf(one)} { display: none; }\n`).join('');

const idOf = ({ writeShare }: Comparison): string => `writes-${String(100 * writeShare).replace('.', '-')}`;

const tab = (one: Comparison, isShown: boolean): string =>
  `<label><input type="radio" name="writes" id="${idOf(one)}"${isShown ? ' checked' : ''}>${percent(one.writeShare)} writes</label>`;

const key = (figures: Figures): string =>
  `<span class="key"><i class="${colorOf(figures)}"></i>${escapeHtml(figures.design.name)}</span>`;

function section(comparison: Comparison, report: Report): string {
  return `<section class="${idOf(comparison)}">
${table(comparison)}
${chartsOf(comparison, report)}
${tradesOf(comparison)}
</section>`;
}

function table({ designs }: Comparison): string {
  const { trades } = verdictsOf(designs);
  const heads = designs.map(
    (figures) => `<th${ours(figures)}><i class="${colorOf(figures)}"></i>${escapeHtml(figures.design.name)}</th>`,
  );
  const rows = COLUMNS.map((column) => {
    const cells = designs.map((figures) => {
      const text = escapeHtml(column.format(column.value(figures)));
      if (!figures.design.isOurs) return `<td>${text}</td>`;
      const verdict = judge(figures, designs, column);
      return `<td class="is-ours ${verdict.kind}">${text}${mark(verdict, trades)}</td>`;
    });
    const isPart = column.name.startsWith(' ');
    return `<tr><th${isPart ? ' class="part"' : ''}>${escapeHtml(column.name.trim())}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table>
<thead><tr><th></th>${heads.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`;
}

function tradesOf({ writeShare, designs }: Comparison): string {
  const { trades } = verdictsOf(designs);
  return `<h2>What ours trades, at ${percent(writeShare)} writes</h2>
<p>Where the table is green, it wins or ties against the four others; where there is a number, it gives something for
something else.</p>
<ol>${trades.map(({ because }) => `<li>${escapeHtml(sentence(because))}</li>`).join('\n')}</ol>`;
}

const ours = ({ design }: Figures): string => (design.isOurs ? ' class="is-ours"' : '');

function mark(verdict: Verdict, trades: typeof TRADES): string {
  if (verdict.kind === 'best') return '';
  return verdict.kind === 'behind' ? '<sup>!</sup>' : `<sup>${trades.indexOf(verdict.trade) + 1}</sup>`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function pricesLine(): string {
  return (
    `Cost: ${BILLING.month} hours of this load. DynamoDB $ ${PRICES.tableReads} a million read units, $ ${PRICES.tableWrites} a ` +
    `million write units, stream reads by Lambda free; Lambda $ ${PRICES.invocations} a million invocations and ` +
    `$ ${PRICES.compute} a GB-second; Momento $ ${PRICES.cacheTransfer} a GB. Prices change: they stand in ` +
    'bench/strategies/prices.ts.'
  );
}
