/** The cache map cannot work as it is written. Thrown while the map is defined, before any record arrives. */
export class MapDefinitionError extends Error {
  /** What is at fault, e.g. `entity 'user'`. */
  readonly culprit: string;

  /**
   * @param culprit what is at fault, as the message begins
   * @param problem what is wrong with it and what to do
   */
  constructor(culprit: string, problem: string, options?: ErrorOptions) {
    super(`${culprit}: ${problem}`, options);
    this.name = 'MapDefinitionError';
    this.culprit = culprit;
  }
}

/**
 * These parameters, or this key, cannot belong to an item: a caller's mistake (HTTP 400), never a lookup of another
 * item. The message names the parameter and what is wrong with it, and never quotes its value: it may be logged.
 */
export class InvalidKeyError extends Error {
  /** The entity or collection, e.g. `entity 'user'`. */
  readonly subject: string;
  /** The parameter at fault; `undefined` where it is the key as a whole. */
  readonly parameter: string | undefined;

  constructor(subject: string, parameter: string | undefined, problem: string, options?: ErrorOptions) {
    super(
      parameter === undefined ? `${subject}: ${problem}` : `${subject}: parameter '${parameter}' ${problem}`,
      options,
    );
    this.name = 'InvalidKeyError';
    this.subject = subject;
    this.parameter = parameter;
  }
}

/** The cache namespace (`CACHE_NAMESPACE`) cannot be the first part of a cache key. */
export class InvalidNamespaceError extends Error {
  constructor(namespace: string) {
    super(
      `the cache namespace ${JSON.stringify(namespace)} is not usable: give 1 to 64 letters, digits, '-', '_' or '.', beginning with a letter or digit`,
    );
    this.name = 'InvalidNamespaceError';
  }
}
