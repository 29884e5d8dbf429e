/** Lets concurrent askers of one key share one answer: a thousand misses at once make one table read. */
export class SingleFlight<Key, Result> {
  readonly #flights = new Map<Key, Promise<Result>>();

  /** Joins the flight of `key`, or starts one. */
  join(key: Key, start: () => Promise<Result>): Promise<Result> {
    const existing = this.#flights.get(key);
    if (existing !== undefined) return existing;
    const flight = start();
    this.#flights.set(key, flight);
    // Not `finally`, which costs every hit three promises more. Whoever joined hears of the end after this.
    const land = (): void => void this.#flights.delete(key);
    flight.then(land, land);
    return flight;
  }

  has(key: Key): boolean {
    return this.#flights.has(key);
  }
}
