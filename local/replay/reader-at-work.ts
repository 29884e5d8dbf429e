import { settlingTime } from '../../shared/protocol.ts';
import type { Reader } from '../../shared/read/reader.ts';
import { milliseconds, seconds } from '../../shared/time.ts';
import type { EventClock } from './event-clock.ts';
import type { Touched } from './touched.ts';

/** How long before the first event of a batch its items and pages are read. */
const LEAD = seconds(10);

/**
 * Reads what a batch is about to touch, as somebody would have in production: the changes then meet entries that
 * readers have filled, not an empty cache.
 *
 * Pages are read twice: the first reader of a collection starts its generation, and a page is stored only once that is
 * old enough for the index to have settled.
 *
 * @param firstEventAt epoch milliseconds; where that has passed, the reading takes place now
 */
export async function readBefore(
  firstEventAt: number,
  { items, pages }: Touched,
  { reader, clock }: { readonly reader: Reader; readonly clock: EventClock },
): Promise<void> {
  const readPages = () => Promise.allSettled(pages.map(({ collection, params }) => reader.query(collection, params)));
  // What fails to be read has a state that the events do not tell, or one that the user's projection throws for.
  const settling = Math.max(0, ...pages.map(({ collection }) => settlingTime(collection.settle)));
  clock.moveTo(firstEventAt - LEAD - milliseconds(settling));
  await readPages();
  clock.moveTo(firstEventAt - LEAD);
  // What is prefilled is what nobody can ask for before it is there: an id that is made with the item.
  const known = items.filter(({ entity, isNew }) => !(isNew && entity.prefill));
  await Promise.all([readPages(), Promise.allSettled(known.map(({ entity, params }) => reader.get(entity, params)))]);
}
