import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Hono } from 'hono';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConsoleApp } from '../../local/console/app.ts';
import { createControls } from '../../local/console/controls.ts';
import { createObservation } from '../../local/console/observation.ts';
import type { ControlRequest } from '../../local/console/protocol.ts';
import { startWatchedStack, type WatchedStack } from '../../local/console/start.ts';
import type { Figures } from '../../local/figures/figures.ts';
import { listen } from '../../local/http/listen.ts';
import { FOREIGN_REDIS } from '../../local/start/cache-switch.ts';
import { chromiumPath, describeWithChromium } from '../support/chromium.ts';
import { describeWithJava } from '../support/java.ts';
import { loadFunctions, send } from '../support/stack.ts';
import { answerThat, untilClocksAgree } from '../support/waiting.ts';

describeWithJava('the console', { timeout: 60_000 }, () => {
  let watched: WatchedStack;
  const path = '/products/teapot';

  beforeAll(async () => {
    watched = await startWatchedStack();
    await loadFunctions(watched.stack);
  }, 90_000);

  afterAll(() => watched?.close());

  const call = (route: string, body?: object) => send(watched.stack.url, route, body && { body });

  describeWithChromium('in a browser', () => {
    let browser: Browser;
    let page: Page;
    let complaints: string[];
    let hosts: Set<string>;

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] });
    }, 60_000);

    afterAll(() => browser?.close());

    beforeEach(async () => {
      page = await browser.newPage();
      page.setDefaultTimeout(15_000);
      complaints = [];
      hosts = new Set();
      page.on('request', (request) => hosts.add(new URL(request.url()).host));
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('requestfailed', (request) => complaints.push(request.url()));
      await page.goto(watched.consoleUrl);
      await page.getByText('live', { exact: true }).waitFor();
    });

    afterEach(async () => {
      await control({ cache: { kind: 'on' }, stream: 'running' });
      await page.context().close();
    });

    const row = (panel: string, text: string | RegExp) =>
      page.getByRole('region', { name: panel }).getByRole('row').filter({ hasText: text }).first();
    const button = (name: string | RegExp) => page.getByRole('button', { name });

    test('the page loads without complaint and from nowhere else, and shows requests and changes as they happen', async () => {
      await call('GET /products/none');
      await row('Requests', /\/products\/none\s*404\s*(miss|absent|bypass)/).waitFor();
      await call(`PUT ${path}`, { title: 'Teapot', price: 1 });
      await row('Changes', /PRODUCT#teapot\s*tombstoned[\s\S]*\d m?s\s*$/).waitFor();
      await page.getByRole('img', { name: /^Reads per second: .*hit/ }).waitFor();
      await row('Routes', 'PUT /products/{productId}').waitFor();

      expect(complaints).toEqual([]);
      expect([...hosts]).toEqual([new URL(watched.consoleUrl).host]);
    });

    test('an outage that is made on the page shows as bypass, and is over when it is taken back', async () => {
      await call(`PUT ${path}`, { title: 'Teapot', price: 2 });
      await hit(2);

      await button(/^Off/).click();
      await button(/^Off/).and(page.locator('[aria-pressed=true]')).waitFor();
      expect(await call(`GET ${path}`)).toMatchObject({ status: 200, cache: 'bypass' });
      await row('Requests', /\/products\/teapot\s*200\s*bypass/).waitFor();

      await button(/^On/).click();
      await hit(2);
      await row('Requests', /\/products\/teapot\s*200\s*hit/).waitFor();
    });

    test('a change that the held stream keeps back shows beside its entry, and is gone when it is let go', async () => {
      await call(`PUT ${path}`, { title: 'Teapot', price: 3 });
      await hit(3);
      await untilClocksAgree();

      await page.keyboard.press('s');
      await button(/^Held for/).waitFor();
      await call(`PUT ${path}`, { title: 'Teapot', price: 4 });
      await row('Entries', 'PRODUCT#teapot').getByRole('button').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('differs').waitFor();
      await dialog.getByText('"price": 3').waitFor();
      await dialog.getByText('"price": 4').waitFor();

      await page.keyboard.press('Escape');
      await page.keyboard.press('s');
      await row('Entries', 'PRODUCT#teapot').getByRole('button').click();
      await dialog.getByText(/agrees with the table|asks the table/).waitFor();
    });

    test('everything can be done by keyboard, and the focus is seen', async () => {
      await call(`GET ${path}`);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });

      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus-visible');
      expect(await focused.getAttribute('aria-keyshortcuts')).toBe('1');
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');

      await page.keyboard.press('/');
      await page.keyboard.type('teapot product');
      await row('Entries', 'PRODUCT#teapot').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: /PRODUCT#teapot/ }).waitFor();
    });

    test('a search finds what has all of its words, and says when nothing does', async () => {
      await call(`GET ${path}`);
      // A busy machine may take its cache for gone once, and then fills nothing.
      await answerThat(
        () => call('GET /users/nobody'),
        ({ cache }) => cache === 'absent',
      );
      await page.getByRole('searchbox').fill('NOBODY absent');
      await row('Entries', 'USER#nobody').waitFor();
      await page.getByRole('searchbox').fill('nobody teapot');
      await page.getByText('Nothing matches.').waitFor();
    });

    test('what a server that is away was asked for is said not to have been done', async () => {
      await page.route('**/console/controls', (route) => route.abort());
      await page.keyboard.press('4');
      await page.getByText('The server does not answer.').waitFor();
      expect(complaints.filter((complaint) => complaint.includes('Failed to fetch'))).toEqual([]);
    });

    test('a server that is started anew is found again, and what the one before told is not mixed with what it tells', async () => {
      const before = await consoleAlone(0, '/before');
      await page.goto(before.url);
      await row('Requests', '/before').waitFor();
      await before.close();
      await page.getByText('connecting…').waitFor();

      const after = await consoleAlone(before.port, '/after');
      try {
        await row('Requests', '/after').waitFor();
        await page.getByText('live', { exact: true }).waitFor();
        expect(await row('Requests', '/before').count()).toBe(0);
      } finally {
        await after.close();
      }
    });

    test('items that hold HTML are shown as the text that they are', async () => {
      const id = '<i>kettle';
      await call(`PUT /products/${encodeURIComponent(id)}`, { title: '<i>Kettle', price: 5 });
      await call(`GET /products/${encodeURIComponent(id)}`);
      await row('Changes', id).waitFor();
      await row('Entries', id).getByRole('button').click();
      await page.getByRole('dialog', { name: id }).getByText('<i>Kettle').first().waitFor();
      expect(await page.locator('i').count()).toBe(0);
    });

    test('in a narrow window nothing stands out at the side', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await row('Routes', 'GET').waitFor();

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      await button(/^Change a product/).click();
      await page.getByText('PUT /products/teapot answered').waitFor();
    });
  });

  describe('under load', () => {
    test('the report counts as the console does, and holds what is read against what was written', async () => {
      const before = await figures();
      const { stdout } = await runLoad(['--url', watched.stack.url, '--json', '--keys', '20', ...SHORT]);
      const report = JSON.parse(stdout);

      expect(report.figures.requests).toBeGreaterThan(30);
      expect(report.figures.errors).toBe(0);
      const { hit, absent, miss, bypass } = report.figures.outcomes;
      expect(report.figures.tableReadsSaved).toBe(hit + absent);
      expect(report.figures.hitRatio).toBeCloseTo((hit + absent) / (hit + absent + miss + bypass));
      expect(report.checked).toBeGreaterThan(10);
      expect(report.end).toMatchObject({ behind: 0 });
      expect(report.end.written).toBeGreaterThan(0);
      const after = await figures();
      for (const { route, requests, latency } of report.figures.routes) {
        // What the load begins and ends with is not in its report, but the console cannot know that.
        expect(requestsOf(after, route) - requestsOf(before, route)).toBeGreaterThanOrEqual(requests);
        expect(latency.p50).toBeLessThanOrEqual(latency.p99);
      }
    });

    test('while the stream is held it sees answers grow stale, and says which keys stayed behind', async () => {
      await control({ stream: 'held' });
      try {
        const load = runLoad(['--url', watched.stack.url, '--keys', '2', '--settle', '1', ...SHORT]);
        await expect(load).rejects.toMatchObject({
          code: 1,
          stdout: expect.stringMatching(
            /Stale: [1-9]\d* of \d+ reads[\s\S]*out of date by[\s\S]*2 of 2 keys that were written do not show/,
          ),
        });
      } finally {
        await control({ stream: 'running' });
      }
    });

    test.skipIf(process.platform !== 'linux')('in a terminal it shows how it goes in one line', async () => {
      const command = [process.execPath, LOAD, '--url', watched.stack.url, '--keys', '2', '--seconds', '3'].join(' ');
      const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
        env: { ...process.env, TERM: 'xterm' },
      });

      expect(stdout.split('\r\u001b[2K').filter((line) => line.includes(' answered ')).length).toBeGreaterThan(1);
      expect(stdout).toMatch(/\nReads \d+: hit/);
    });

    test('where nothing answers it is one sentence that names the address, and exit 2', async () => {
      await expect(runLoad(['--url', 'http://127.0.0.1:9'])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^Nothing answers at http:\/\/127\.0\.0\.1:9: [^\n]*npm start[^\n]*\n$/),
      });
    });

    test('an option that cannot be is one line that names it, and exit 2', async () => {
      await expect(runLoad(['--write-ratio', '2'])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^[^\n]*--write-ratio[^\n]*\n$/),
      });
    });
  });

  test('what a page from elsewhere sends is refused: by another name of this machine, or of another origin', async () => {
    const { consoleUrl } = watched;
    const headers = { 'content-type': 'application/json' };
    const ask = (path: string, more: Record<string, string>, body?: string) =>
      answered(`${consoleUrl}${path}`, { ...headers, ...more }, body);

    expect(await ask('/entries', { host: 'rebound.example' })).toBe(403);
    expect(await ask('/controls', { origin: 'https://elsewhere.example' }, '{"cache":{"kind":"off"}}')).toBe(403);
    expect(await ask('/controls', { origin: new URL(consoleUrl).origin }, '{"stream":"running"}')).toBe(200);
  });

  test.each(['', '{"cache":{"kind":"gone"}}', '{"cache":{"kind":"slow","by":-1}}', '"off"'])(
    'controls that make no sense (%s) are refused',
    async (body) => {
      const response = await fetch(`${watched.consoleUrl}/controls`, { method: 'POST', body });
      expect(response.status).toBe(400);
    },
  );

  async function control(request: ControlRequest): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const { ok } = await fetch(`${watched.consoleUrl}/controls`, {
      ...{ method: 'POST', headers, body: JSON.stringify(request) },
    });
    expect(ok).toBe(true);
  }

  /** What the console counts. */
  async function figures(): Promise<Figures> {
    const response = await fetch(`${watched.consoleUrl}/news`);
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const [, data] = /^data: (.*)\n\n/.exec(text) ?? [];
      if (data !== undefined) return JSON.parse(data).total;
    }
    throw new Error('the console told nothing');
  }

  /** Asks until the cache answers with what was written last. */
  async function hit(price: number): Promise<void> {
    await answerThat(
      () => call(`GET ${path}`),
      ({ cache, body }) => cache === 'hit' && body.price === price,
    );
  }
});

/** A console that no stack is behind, which was told of one request. */
async function consoleAlone(port: number, path: string) {
  const observation = createObservation();
  observation.listeners.onRequest({ routeKey: 'GET /{path}', path, status: 200, cache: 'hit', milliseconds: 1 });
  const controls = createControls({
    ...{ cache: { store: 'redis', url: 'redis://127.0.0.1:9' }, cacheSwitch: FOREIGN_REDIS, holdStream: () => {} },
  });
  const entries = {
    search: async () => ({ entries: [], matching: 0, total: 0, isCut: false }),
    open: async () => undefined,
  };
  const app = createConsoleApp({ observation, controls: () => controls, entries: () => entries });
  const { port: actual, close } = await listen(new Hono().route('/console', app), port);
  return { url: `http://127.0.0.1:${actual}/console`, port: actual, close };
}

/** The status of an answer. By the module of Node that lets a `Host` be made up, as `fetch` does not. */
async function answered(url: string, headers: Record<string, string>, body?: string): Promise<number | undefined> {
  const sent = request(url, { method: body === undefined ? 'GET' : 'POST', headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

/** Long enough for some writes to be followed by reads. */
const SHORT = ['--seconds', '3', '--rps', '30', '--write-ratio', '0.3', '--seed', '7'];

const LOAD = fileURLToPath(new URL('../../local/load/main.ts', import.meta.url));

const runLoad = (options: readonly string[]) => promisify(execFile)(process.execPath, [LOAD, ...options]);

const requestsOf = ({ routes }: Figures, route: string): number =>
  routes.find((figures) => figures.route === route)?.requests ?? 0;
