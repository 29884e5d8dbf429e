import { html, type TemplateResult } from 'lit-html';
import { SAMPLES } from './samples.ts';
import { CACHE_CHOICES } from './view-controls.ts';

/** What each key does. */
export const helpView = (close: () => void): TemplateResult => html`
  <div class="panel-head">
    <h2 id="help-title">Keys</h2>
    <button type="button" @click=${close} aria-keyshortcuts="Escape">Close <kbd aria-hidden="true">Esc</kbd></button>
  </div>
  <dl>
    ${[
      ...CACHE_CHOICES.map(({ name, shortcut, hint }) => [shortcut, `Cache: ${name.toLowerCase()}. ${hint}.`]),
      ['s', 'Hold the stream, or let it go.'],
      ...SAMPLES.map(({ name, shortcut, hint }) => [shortcut, `${name}: ${hint}.`]),
      ['f', 'Freeze the lists, or let them go on.'],
      ['/', 'Search the entries.'],
      ['?', 'This list.'],
      ['Esc', 'Close what is open.'],
    ].map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}
  </dl>
`;
