import picocolors from 'picocolors';
import type { RedriveReport } from '../../shared/repair/redrive.ts';
import type { Output } from '../terminal/output.ts';
import { plural } from '../terminal/text.ts';

/** What the redrive of one message came to. */
export type MessageOutcome = { readonly id: string } & (
  | { readonly kind: 'redriven'; readonly report: RedriveReport }
  /** It stays in the queue. */
  | { readonly kind: 'failed'; readonly reason: string }
);

/** All messages as one JSON document. */
export function redriveJson(outcomes: readonly MessageOutcome[], dryRun: boolean): string {
  return `${JSON.stringify({ dryRun, messages: outcomes }, undefined, 2)}\n`;
}

/**
 * One line to a message, and one in the end.
 *
 * @param inHand messages that others have taken, of a queue that gave none; `undefined` where nobody knows
 */
export function redriveText(
  outcomes: readonly MessageOutcome[],
  dryRun: boolean,
  inHand: number | undefined,
  { colors }: Output,
): string {
  const paint = picocolors.createColors(colors);
  const lines = outcomes.map((outcome) => {
    if (outcome.kind === 'failed') return paint.red(`✗ ${outcome.id}  stays in the queue: ${outcome.reason}`);
    return `${paint.green('✓')} ${outcome.id}  ${textOf(outcome.report, dryRun)}`;
  });
  return [...lines, closing(outcomes, dryRun, inHand), ''].join('\n');
}

function textOf({ records, trimmed, tombstoned, renewed, unresolved }: RedriveReport, dryRun: boolean): string {
  const would = dryRun ? 'would write' : 'wrote';
  return [
    `${plural(records, 'record')}: ${would} ${plural(tombstoned, 'tombstone')} and ${plural(renewed, 'generation')}`,
    ...(trimmed === 0 ? [] : [`${plural(trimmed, 'record')} no longer in the stream: what they changed is unknown`]),
    ...(unresolved.length === 0 ? [] : [`${plural(unresolved.length, 'record')} of which the item cannot be told`]),
  ].join('; ');
}

function closing(outcomes: readonly MessageOutcome[], dryRun: boolean, inHand: number | undefined): string {
  if (outcomes.length === 0) {
    if (inHand === 0) return 'The queue is empty.';
    const taken = inHand === undefined ? 'those that there may be' : `about ${plural(inHand, 'message')}`;
    return `The queue gave no message. Others, such as functions/redrive.ts, have ${taken} in hand, and give back what fails.`;
  }
  const messages = plural(outcomes.length, 'message');
  if (dryRun) return `${messages}, nothing was changed: --yes carries it out.`;
  const failed = outcomes.filter(({ kind }) => kind === 'failed').length;
  return failed === 0
    ? `${messages} redriven and removed from the queue.`
    : `${messages}: ${outcomes.length - failed} redriven, ${failed} still in the queue.`;
}
