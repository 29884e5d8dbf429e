import { STATUS_CODES } from 'node:http';
import type { HttpAnswer } from './http-answer.ts';

/** One part of a request that is wrong. */
export interface FieldError {
  /** A path or query parameter, a header, or a place in the body: `items.0.quantity`; `body` for the whole of it. */
  readonly field: string;
  /** What is wrong with it, as the end of a sentence that begins with the field. Never quotes what was sent. */
  readonly message: string;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the problem document beside the standard ones. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** Why a request is not answered with what it asked for, in the terms of RFC 9457. Throw it; the stack answers it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly options: ProblemOptions;

  /**
   * @param status HTTP status, 400 to 599
   * @param detail for whoever sent the request: what is wrong, and what to do about it
   */
  constructor(status: number, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.options = options;
  }
}

/** 400: these parts of the request are wrong. */
export const badRequest = (...errors: FieldError[]): Problem =>
  new Problem(
    400,
    `The request is not valid: ${errors.map(({ field, message }) => `${field} ${message}`).join('; ')}.`,
    {
      errors,
    },
  );

/** 403: the caller may not. */
export const forbidden = (detail: string, options?: ProblemOptions): Problem => new Problem(403, detail, options);

/** 404: what the request is about does not exist. */
export const notFound = (detail: string, options?: ProblemOptions): Problem => new Problem(404, detail, options);

/** 409: the state of things does not allow it. */
export const conflict = (detail: string): Problem => new Problem(409, detail);

/** 503: the table is busy; the same request will do in a moment. */
export const busy = (): Problem =>
  new Problem(503, 'The table is busy. Send the request again in a moment.', {
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
  });

/** The HTTP answer to a problem: `application/problem+json`. */
export function problemAnswer({ status, message, options: { errors, headers, extensions } }: Problem): HttpAnswer {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({
      // By the RFC: a problem that its status describes has this type, and the status's own title.
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail: message,
      ...(errors && { errors }),
      ...extensions,
    }),
  };
}

const RETRY_AFTER_SECONDS = '1';
