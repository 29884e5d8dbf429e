import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import * as v from 'valibot';
import { type Assets, buildAssets } from './assets.ts';
import { CacheFixed, ControlSchema, type Controls } from './controls.ts';
import type { Entries } from './entries/entries.ts';
import { ownPageOnly } from './guard.ts';
import type { Observation } from './observation.ts';
import type { News } from './protocol.ts';

/** What the console is made of. */
export interface ConsoleParts {
  readonly observation: Observation;
  readonly controls: () => Controls;
  readonly entries: () => Entries;
}

/**
 * The console as a web application: its page, what is new as server-sent events, the entries, and the controls. It shows
 * items as they are, to nobody but its own page on this machine: see {@link ownPageOnly}.
 */
export function createConsoleApp({ observation, controls, entries }: ConsoleParts): Hono {
  let building: Promise<Assets> | undefined;
  const assets = (): Promise<Assets> => {
    building ??= buildAssets();
    return building;
  };

  const app = new Hono();
  // What is told to the page need not stand in the terminal as well, once a second while a cache is away.
  app.onError((error, context) => context.json({ message: `That could not be read: ${error.message}` }, 500));
  app.use(ownPageOnly, secureHeaders({ contentSecurityPolicy: OWN_FILES_ONLY, strictTransportSecurity: false }));
  app.get('/', async (context) => context.html((await assets()).html));
  app.get('/main.js', async (context) => file(context, (await assets()).script, 'text/javascript'));
  app.get('/style.css', async (context) => file(context, (await assets()).style, 'text/css'));

  app.get('/news', (context) =>
    streamSSE(context, async (stream) => {
      const whatIsNew = observation.follow();
      while (!stream.aborted) {
        const news: News = { ...whatIsNew(), controls: controls().state() };
        await stream.writeSSE({ data: JSON.stringify(news) });
        await sleep(NEWS_INTERVAL_MS);
      }
    }),
  );

  app.get('/entries', async (context) => context.json(await entries().search(context.req.query('search') ?? '')));
  app.get('/entry', async (context) => {
    const entry = await entries().open(context.req.query('key') ?? '');
    return entry === undefined
      ? context.json({ message: 'It is not in the cache any more.' }, 404)
      : context.json(entry);
  });

  app.post('/controls', async (context) => {
    const request = v.safeParse(ControlSchema, await context.req.json().catch(() => undefined));
    if (!request.success) return context.json({ message: 'That is not something the console can do.' }, 400);
    try {
      controls().set(request.output);
    } catch (error) {
      if (error instanceof CacheFixed) return context.json({ message: error.message }, 409);
      throw error;
    }
    return context.json(controls().state());
  });
  return app;
}

/** A quarter of a second looks live, and leaves a page that shows thousands of requests time to draw. */
const NEWS_INTERVAL_MS = 250;

const OWN_FILES_ONLY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  frameAncestors: ["'none'"],
};

function file(context: Context, content: string, type: string): Response {
  return context.body(content, 200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
}
