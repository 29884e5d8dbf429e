import picocolors from 'picocolors';
import type { Generation } from '../../shared/entry/generation.ts';
import { grid } from '../terminal/grid.ts';
import type { Output } from '../terminal/output.ts';
import { plural, printable } from '../terminal/text.ts';
import { timeText } from '../terminal/time.ts';
import type { CollectionView } from './collection.ts';

/** What is cached of a collection, for people; the verdict is the last line. */
export function collectionText(subject: string, view: CollectionView, output: Output): string {
  const { keys, epoch, generation, page, itemsInTable, at } = view;
  const colors = picocolors.createColors(output.colors);
  const rows = [
    ['generation', generationText(generation, at)],
    ['epoch', generationText(epoch, at)],
    ['page key', keys.page],
    [
      'first page',
      page === undefined ? 'none' : `${page.isValid ? 'valid' : 'outdated'}, ${plural(page.items, 'item')}`,
    ],
    ...(page === undefined
      ? []
      : [
          ['age', `${timeText(Math.max(0, at - page.at))}, of ${new Date(page.at).toISOString()}`],
          ...(page.ttlLeft === undefined ? [] : [['TTL left', timeText(page.ttlLeft)]]),
          ['size', plural(page.size, 'byte')],
          ['next page', page.hasNext ? 'yes' : 'no'],
        ]),
    ['table', plural(itemsInTable, 'item')],
  ];
  return [
    colors.bold(printable(subject)),
    ...grid(rows).map((line) => `  ${line}`),
    VERDICTS[view.agreement](colors),
    '',
  ].join('\n');
}

/** The same as one JSON document. */
export function collectionJson(subject: string, { keys, ...view }: CollectionView): string {
  return `${JSON.stringify({ subject, keys, ...view }, (_, value: unknown) => value ?? null, 2)}\n`;
}

const generationText = (generation: Generation | undefined, at: number): string =>
  generation === undefined ? 'none' : `${generation.nonce}, for ${timeText(Math.max(0, at - generation.at))}`;

type Colors = ReturnType<typeof picocolors.createColors>;

const VERDICTS = {
  agrees: (colors: Colors) => colors.green('✓ The first page says what the table says.'),
  silent: (colors: Colors) => colors.green('✓ Readers query the table: no valid first page is cached.'),
  differs: (colors: Colors) =>
    colors.red('✗ The first page says something else than the table. After a change, look again in a few seconds.'),
};
