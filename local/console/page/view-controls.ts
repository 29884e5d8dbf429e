import { html, nothing, type TemplateResult } from 'lit-html';
import { duration } from '../../figures/format.ts';
import type { CacheMode } from '../../start/cache-switch.ts';
import type { ControlRequest, ControlState } from '../protocol.ts';
import { SAMPLES, type Sample } from './samples.ts';
import type { PageState } from './state.ts';

/** What the controls do when they are used. */
export interface ControlActions {
  control(request: ControlRequest): void;
  sample(sample: Sample): void;
}

interface Choice {
  readonly name: string;
  readonly shortcut: string;
  readonly hint: string;
  readonly mode: CacheMode;
}

/** Beyond 250 ms a reader no longer waits for the cache. */
export const CACHE_CHOICES: readonly Choice[] = [
  { name: 'On', shortcut: '1', hint: 'The cache as it is', mode: { kind: 'on' } },
  { name: '100 ms slower', shortcut: '2', hint: 'Readers wait for it', mode: { kind: 'slow', by: 100 } },
  { name: '400 ms slower', shortcut: '3', hint: 'Readers go by it: they wait 250 ms', mode: { kind: 'slow', by: 400 } },
  { name: 'Off', shortcut: '4', hint: 'Each call fails', mode: { kind: 'off' } },
];

/** What can be done to the stack. */
export function controlsView({ news }: PageState, actions: ControlActions): TemplateResult {
  if (news === undefined) return html``;
  const { controls, now } = news;
  return html`
    ${cacheView(controls, actions)} ${streamView(controls, now, actions)} ${samplesView(actions)}
  `;
}

const cacheView = ({ store, cache, cacheFixed }: ControlState, { control }: ControlActions): TemplateResult => html`
  <fieldset ?disabled=${cacheFixed !== undefined}>
    <legend>Cache in ${store}</legend>
    <div class="segments">
      ${CACHE_CHOICES.map(({ name, shortcut, hint, mode }) =>
        button({ name, shortcut, hint, isPressed: isSame(mode, cache), press: () => control({ cache: mode }) }),
      )}
    </div>
    ${cacheFixed === undefined ? nothing : html`<p class="reason">${cacheFixed}</p>`}
  </fieldset>
`;

function streamView(
  { streamHeldSince: since }: ControlState,
  now: number,
  { control }: ControlActions,
): TemplateResult {
  const isHeld = since !== undefined;
  return html`
    <fieldset>
      <legend>Stream</legend>
      <div class="segments">
        ${button({
          name: isHeld ? `Held for ${duration(now - since)}` : 'Hold',
          shortcut: 's',
          hint: 'Changes wait in the stream until it is let go',
          isPressed: isHeld,
          press: () => control({ stream: isHeld ? 'running' : 'held' }),
        })}
      </div>
    </fieldset>
  `;
}

const samplesView = ({ sample }: ControlActions): TemplateResult => html`
  <fieldset>
    <legend>Requests</legend>
    <div class="segments apart">
      ${SAMPLES.map((one) => button({ ...one, isPressed: undefined, press: () => sample(one) }))}
    </div>
  </fieldset>
`;

interface Button {
  readonly name: string;
  readonly shortcut: string;
  readonly hint: string;
  /** `undefined` for one that does not stay pressed. */
  readonly isPressed: boolean | undefined;
  readonly press: () => void;
}

const button = ({ name, shortcut, hint, isPressed, press }: Button): TemplateResult => html`
  <button type="button" title=${hint} aria-keyshortcuts=${shortcut} aria-pressed=${isPressed ?? nothing} @click=${press}>
    ${name} <kbd aria-hidden="true">${shortcut}</kbd>
  </button>
`;

const isSame = (a: CacheMode, b: CacheMode): boolean =>
  a.kind === b.kind && (a.kind !== 'slow' || b.kind !== 'slow' || a.by === b.by);
