/** The live console: listens to the server, and draws what it hears. */
import { render } from 'lit-html';
import type { ControlRequest } from '../protocol.ts';
import { createCharts } from './charts.ts';
import { createEntryDialog } from './entry-dialog.ts';
import { dialog, place } from './places.ts';
import { SAMPLES, type Sample } from './samples.ts';
import { control, listen, NotAnswered, problemOf, searchEntries } from './server.ts';
import { listenToKeys } from './shortcuts.ts';
import { freeze, newState, takeIn } from './state.ts';
import { CACHE_CHOICES, controlsView } from './view-controls.ts';
import { entriesView } from './view-entries.ts';
import { figuresView, headView } from './view-head.ts';
import { helpView } from './view-help.ts';
import { changesView, requestsView } from './view-lines.ts';
import { routesView } from './view-routes.ts';

/** How often the list of entries is asked for at most, in milliseconds. */
const ENTRIES_INTERVAL = 1_000;
const REST_PER_WORK = 4;

const state = newState();
const charts = createCharts(place('charts'));
const entry = createEntryDialog(dialog('entry'), say);
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
    // What is shown is no longer what there is.
    document.body.classList.toggle('lost', connection === 'lost');
    draw();
  },
);
listenToKeys(
  new Map<string, () => unknown>([
    ...CACHE_CHOICES.map(({ shortcut, mode }) => [shortcut, () => use({ cache: mode })] as const),
    ...SAMPLES.map((sample) => [sample.shortcut, () => send(sample)] as const),
    ['s', () => use({ stream: state.news?.controls.streamHeldSince === undefined ? 'held' : 'running' })],
    ['f', toggleFreeze],
    ['/', () => document.getElementById('search')?.focus()],
    ['?', () => help.showModal()],
  ]),
);
void keepEntriesFresh();

function draw(): void {
  render(
    headView(state, () => help.showModal()),
    place('head'),
  );
  render(figuresView(state), place('figures'));
  render(controlsView(state, { control: use, sample: send }), place('controls'));
  render(requestsView(state, toggleFreeze), place('requests'));
  render(changesView(state, entry.open), place('changes'));
  render(entriesView(state, { search, open: entry.open }), place('entries'));
  render(routesView(state), place('routes'));
}

async function use(request: ControlRequest): Promise<void> {
  try {
    const answer = await control(request);
    say(typeof answer === 'string' ? answer : '');
  } catch (error) {
    say(problemOf(error));
  }
}

async function send(sample: Sample): Promise<void> {
  say(`${sample.name}…`);
  say(await sample.send().catch(problemOf));
}

function say(sentence: string): void {
  state.said = sentence;
  draw();
}

function toggleFreeze(): void {
  freeze(state);
  draw();
}

function search(text: string): void {
  state.search = text;
  void refreshEntries();
}

/** Looks through the cache again and again, but gives the server more rest than work. */
async function keepEntriesFresh(): Promise<never> {
  for (;;) {
    const began = performance.now();
    if (state.frozen === undefined && !document.hidden) await refreshEntries();
    const pause = Math.max(ENTRIES_INTERVAL, REST_PER_WORK * (performance.now() - began));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** An answer that comes when something else is searched for already is nobody's answer. */
async function refreshEntries(): Promise<void> {
  const { search: asked } = state;
  try {
    const found = await searchEntries(asked);
    if (asked !== state.search) return;
    state.entries = found;
    state.entriesProblem = undefined;
  } catch (error) {
    // That the connection is lost is said elsewhere.
    state.entriesProblem = error instanceof NotAnswered ? error.message : undefined;
  }
  draw();
}
