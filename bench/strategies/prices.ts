/**
 * What things cost, in US dollars: the inputs of the monthly cost, to be edited. List prices of AWS in us-east-1
 * (on-demand capacity, Lambda on arm64) and of Momento, before any free tier or discount. They change: look them up.
 */
export const PRICES = {
  /** DynamoDB: a million read request units (4 KB consistent, 8 KB eventually consistent). */
  tableReads: 0.125,
  /** DynamoDB: a million write request units (1 KB). */
  tableWrites: 0.625,
  /** DynamoDB Streams: a million reads by a Lambda trigger. */
  streamReads: 0,
  /** Lambda: a million invocations. */
  invocations: 0.2,
  /** Lambda: a GB for a second. */
  compute: 0.0000133334,
  /** Momento: a GB (10^9 bytes) of transfer, either way. */
  cacheTransfer: 0.5,
} as const;

/** What the bill depends on beside the prices. */
export const BILLING = {
  /** GB of memory of a function that answers requests, and of the function on the stream. */
  requestMemory: 0.25,
  streamMemory: 0.5,
  /** Milliseconds that an invocation works itself, beside waiting for the table and the cache. */
  requestWork: 2,
  streamWork: 5,
  /** Hours of a month. */
  month: 730,
} as const;
