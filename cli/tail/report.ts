import picocolors from 'picocolors';
import type { PrimaryKey } from '../../shared/entry/item.ts';
import type { Output } from '../terminal/output.ts';
import { keyText, plural } from '../terminal/text.ts';
import { timeText } from '../terminal/time.ts';
import type { Sighting } from './follow.ts';

/** One line to a sighting: JSON. */
export function sightingJson(sighting: Sighting, attributes: readonly string[], at: Date): string {
  const key = sighting.key === undefined ? null : keyText(sighting.key, attributes);
  return `${JSON.stringify({ at: at.toISOString(), ...sighting, key })}\n`;
}

/** One line to a sighting, for people. */
export function sightingText(sighting: Sighting, attributes: readonly string[], at: Date, output: Output): string {
  const colors = picocolors.createColors(output.colors);
  const time = colors.dim(at.toISOString().slice(11, 19));
  const subject = (entity: string | undefined, key: PrimaryKey | undefined): string =>
    [entity ?? '-', key === undefined ? '' : keyText(key, attributes)].join('  ');
  switch (sighting.kind) {
    case 'record': {
      const { event, entity, key, decision, reason, renewed, reflectedAfter } = sighting;
      const lists = renewed === 0 ? '' : `, renews ${plural(renewed, 'generation')}`;
      const seen = reflectedAfter === undefined ? '' : colors.green(`  ✓ after ${timeText(reflectedAfter)}`);
      const what = `${event.padEnd(EVENT_WIDTH)}  ${subject(entity, key)}  ${colors.bold(decision)}`;
      return `${time}  ${what}  ${colors.dim(`${reason}${lists}`)}${seen}\n`;
    }
    case 'reflected':
      return `${time}  ${colors.green(`✓ ${subject(sighting.entity, sighting.key)}  after ${timeText(sighting.reflectedAfter)}`)}\n`;
    case 'unseen':
      return `${time}  ${colors.yellow(`… ${subject(sighting.entity, sighting.key)}  not within ${timeText(sighting.waited)}`)}\n`;
  }
}

const EVENT_WIDTH = 'INSERT'.length;
