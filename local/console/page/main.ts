/** The live console: listens to the server, and draws what it hears. */
import { render } from 'lit-html';
import type { ControlRequest } from '../protocol.ts';
import { createCharts } from './charts.ts';
import { createEntryDialog } from './entry-dialog.ts';
import { dialog, place } from './places.ts';
import { SAMPLES, type Sample } from './samples.ts';
import { control, listen, searchEntries } from './server.ts';
import { listenToKeys } from './shortcuts.ts';
import { newState, takeIn } from './state.ts';
import { CACHE_CHOICES, controlsView } from './view-controls.ts';
import { entriesView } from './view-entries.ts';
import { figuresView, headView } from './view-head.ts';
import { helpView } from './view-help.ts';
import { changesView, requestsView } from './view-lines.ts';
import { routesView } from './view-routes.ts';

/** How often the list of entries is asked for, in milliseconds. */
const ENTRIES_INTERVAL = 1_000;

const state = newState();
const charts = createCharts(place('charts'));
const entry = createEntryDialog(dialog('entry'));
const help = dialog('help');
render(
  helpView(() => help.close()),
  help,
);

listen(
  (news, isFirst) => {
    takeIn(state, news, isFirst);
    draw();
    charts.draw(state.seconds, news.now);
  },
  (connection) => {
    state.connection = connection;
    draw();
  },
);
listenToKeys(
  new Map<string, () => unknown>([
    ...CACHE_CHOICES.map(({ shortcut, mode }) => [shortcut, () => use({ cache: mode })] as const),
    ...SAMPLES.map((sample) => [sample.shortcut, () => send(sample)] as const),
    ['s', () => use({ stream: state.news?.controls.streamHeldSince === undefined ? 'held' : 'running' })],
    ['f', freeze],
    ['/', () => document.getElementById('search')?.focus()],
    ['?', () => help.showModal()],
  ]),
);
void refreshEntries();
setInterval(() => {
  if (!state.isFrozen && !document.hidden) void refreshEntries();
}, ENTRIES_INTERVAL);

function draw(): void {
  render(
    headView(state, () => help.showModal()),
    place('head'),
  );
  render(figuresView(state), place('figures'));
  render(controlsView(state, { control: use, sample: send }), place('controls'));
  render(requestsView(state, freeze), place('requests'));
  render(changesView(state, entry.open), place('changes'));
  render(entriesView(state, { search, open: entry.open }), place('entries'));
  render(routesView(state), place('routes'));
}

async function use(request: ControlRequest): Promise<void> {
  const answer = await control(request);
  state.said = typeof answer === 'string' ? answer : '';
  draw();
}

async function send(sample: Sample): Promise<void> {
  state.said = `${sample.name}…`;
  draw();
  state.said = await sample.send().catch(() => 'The server does not answer.');
  draw();
}

function freeze(): void {
  state.isFrozen = !state.isFrozen;
  draw();
}

function search(text: string): void {
  state.search = text;
  void refreshEntries();
}

/** An answer that comes when something else is searched for already is nobody's answer. */
async function refreshEntries(): Promise<void> {
  const { search: asked } = state;
  const found = await searchEntries(asked).catch(() => undefined);
  if (found === undefined || asked !== state.search) return;
  state.entries = found;
  draw();
}
