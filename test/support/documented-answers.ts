import { readFileSync } from 'node:fs';

/**
 * The answers that docs/sample-apis.md lists for the routes of an area, as `GET /users/{username} 404`; with the 400
 * that every route has and the list leaves out.
 */
export function documentedAnswers(area: 'Accounts' | 'Orders' | 'Catalog'): string[] {
  const text = readFileSync(new URL('../../docs/sample-apis.md', import.meta.url), 'utf8');
  const [, afterTitle = ''] = text.split(`| **${area}**`);
  const [rows = ''] = afterTitle.split(/\n\n|\| \*\*/);
  return [...rows.matchAll(/^\| `([A-Z]+ \/\S*)`.*\|([^|]+)\|$/gm)].flatMap(([, route, answers = '']) =>
    ['400', ...(answers.match(/\b\d{3}\b/g) ?? [])].map((status) => `${route} ${status}`),
  );
}
