import type { ReplayReport } from './report.ts';

/** The whole report as one JSON document; what does not apply is `null`, so that every line has the same fields. */
export function renderJson({
  records,
  entries,
  totals,
  disagreements,
  metrics,
  quarantined,
  ...rest
}: ReplayReport): string {
  const document = { records, entries, totals, disagreements, metrics, quarantined, ...rest };
  return `${JSON.stringify(document, (_, value: unknown) => value ?? null, 2)}\n`;
}
