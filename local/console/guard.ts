import type { MiddlewareHandler } from 'hono';

/**
 * Keeps web pages from elsewhere out. The console shows items and gets in the way of the cache; it listens on the
 * loopback interface alone, but so does the browser of whoever sits in front of it, and goes where any page sends it.
 *
 * - A name that somebody has pointed at this machine (DNS rebinding) is not one of its own: the `Host` tells.
 * - A form or script of another page can send requests here, but not from another `Origin` than its own.
 */
export const ownPageOnly: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? '';
  const origin = context.req.header('origin');
  if (!LOOPBACK.test(host) || (origin !== undefined && origin !== `http://${host}`)) {
    return context.json({ message: 'The console answers its own page on this machine, and no other.' }, 403);
  }
  await next();
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
