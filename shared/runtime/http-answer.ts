/** What a function answers to API Gateway, in version 2.0 of its format. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer whose body is JSON text already. */
export const jsonAnswer = (statusCode: number, json: string, headers: HttpAnswer['headers'] = {}): HttpAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: json,
});

/** 200 with a value. */
export const ok = (value: object): HttpAnswer => jsonAnswer(200, JSON.stringify(value));

/**
 * 201 with a value.
 *
 * @param path where it is now, as segments: `['users', username]`
 */
export const created = (path: readonly string[], value: object): HttpAnswer =>
  jsonAnswer(201, JSON.stringify(value), { location: `/${path.map(encodeURIComponent).join('/')}` });

/** 204: done, and there is nothing to say. */
export const noContent = (): HttpAnswer => ({ statusCode: 204 });
