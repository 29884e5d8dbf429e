import { expect, test, vi } from 'vitest';
import { createConsoleApp } from '../../../../local/console/app.ts';
import { createControls } from '../../../../local/console/controls.ts';
import { createObservation } from '../../../../local/console/observation.ts';

const away = async (): Promise<never> => {
  throw new Error('the cache is away');
};
const app = createConsoleApp({
  observation: createObservation(),
  controls: () =>
    createControls({
      cache: { store: 'redis', url: 'redis://127.0.0.1:6379' },
      cacheSwitch: { set: () => {} },
      holdStream: () => {},
    }),
  entries: () => ({ search: away, open: away }),
});

test.each(['/entries', '/entry?key=one'])(
  'while the cache is away %s says so to the page, and nothing to the terminal',
  async (path) => {
    const printed = vi.spyOn(console, 'error');
    const response = await app.request(path, { headers: { host: 'localhost:3000' } });

    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'That could not be read: the cache is away' });
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  },
);
