/** Where a Redis server, or a node of a Redis cluster, listens. */
export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** 0 in a cluster. */
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database]`; `rediss` is TLS.
 *
 * @throws {TypeError} for another form; the message quotes nothing of the URL, which may hold a password
 */
export function parseRedisUrl(text: string): RedisEndpoint {
  const url = URL.parse(text);
  const [, database = '0'] = url?.pathname.match(/^\/(\d{1,5})$/) ?? [];
  if (
    url === null ||
    !['redis:', 'rediss:'].includes(url.protocol) ||
    url.hostname === '' ||
    !/^(\/\d{0,5})?$/.test(url.pathname) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new TypeError('a Redis URL has the form redis[s]://[[user]:password@]host[:port][/database]');
  }
  return {
    // The brackets around an IPv6 address belong to the URL.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6_379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    database: Number(database),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
}
