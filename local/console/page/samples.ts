/** What the page does to the sample APIs: the same requests that `curl` would send. */
export interface Sample {
  readonly name: string;
  readonly shortcut: string;
  readonly hint: string;
  /** @returns what was answered, for people */
  send(): Promise<string>;
}

export const SAMPLES: readonly Sample[] = [
  {
    name: 'Read',
    shortcut: 'r',
    hint: 'A user, a product and two lists',
    async send() {
      const answers = await Promise.all(READ.map((path) => call('GET', path)));
      return answers.map(({ path, outcome }) => `${path} ${outcome}`).join(' · ');
    },
  },
  {
    name: 'Change a user',
    shortcut: 'u',
    hint: 'PATCH /users/ada, or POST /users where there is none yet',
    async send() {
      const lastName = oneOf(['Lovelace', 'Byron', 'King', 'Milbanke', 'Noel']);
      const changed = await call('PATCH', '/users/ada', { lastName });
      if (changed.status !== 404) return described(changed);
      return described(
        await call('POST', '/users', { username: 'ada', firstName: 'Ada', lastName, email: 'ada@example.com' }),
      );
    },
  },
  {
    name: 'Change a product',
    shortcut: 't',
    hint: 'PUT /products/teapot',
    send: async () =>
      described(
        await call('PUT', '/products/teapot', { title: 'Teapot', price: 1 + Math.floor(Math.random() * 9_999) }),
      ),
  },
  {
    name: 'Place an order',
    shortcut: 'o',
    hint: 'POST /orders',
    send: async () =>
      described(
        await call('POST', '/orders', {
          items: [{ productId: oneOf(['teapot', 'kettle', 'cup']), quantity: 1 + Math.floor(Math.random() * 5) }],
        }),
      ),
  },
];

const READ = ['/users/ada', '/products/teapot', '/orders', '/admin/orders'];

interface Called {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome: string;
}

async function call(method: string, path: string, body?: object): Promise<Called> {
  const response = await fetch(path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return { method, path, status: response.status, outcome: response.headers.get('x-cache') ?? '' };
}

const described = ({ method, path, status }: Called): string => `${method} ${path} answered ${status}`;

function oneOf<Choice>(choices: readonly [Choice, ...Choice[]]): Choice {
  return choices[Math.floor(Math.random() * choices.length)] ?? choices[0];
}
