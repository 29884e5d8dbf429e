import fc from 'fast-check';

/** Decides who takes the next step. Everything that the actors of a test do is cut into steps. */
export interface Steps {
  /** Resolves when it is this actor's turn. */
  turn(actor: string, label: string): Promise<void>;
  /** Gives the turn to somebody who waits for one. */
  next(): Promise<void>;
  /** How many wait. */
  waiting(): number;
}

/** Every one who waits is as likely to be next. Finds what many orders lead to; any one order is rare. */
export const inRandomOrder: fc.Arbitrary<Steps> = fc.scheduler().map((scheduler) => ({
  turn: (actor, label) => scheduler.schedule(Promise.resolve(), `${actor}: ${label}`),
  next: () => scheduler.waitNext(1),
  waiting: () => scheduler.count(),
  toString: () => String(scheduler),
}));

/**
 * The actor of the highest priority goes on until it waits for another or ends, but at a few moments loses its priority:
 * one stops at the worst of times, and the others finish meanwhile. Most races need but a few such moments, and are
 * found with a probability that has a lower bound (Burckhardt et al., "A randomized scheduler with probabilistic
 * guarantees of finding bugs", ASPLOS 2010).
 */
export const byPriority: fc.Arbitrary<Steps> = fc
  .record({
    priorities: fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 12, maxLength: 12 }),
    demotions: fc.oneof(
      fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
    ),
  })
  .map((plan) => ({ ...stepsByPriority(plan), toString: () => JSON.stringify(plan) }));

function stepsByPriority({
  priorities,
  demotions,
}: {
  priorities: readonly number[];
  demotions: readonly number[];
}): Steps {
  const queue: { readonly actor: string; readonly go: () => void }[] = [];
  const ranks = new Map<string, number>();
  let taken = 0;

  const rankOf = (actor: string): number => {
    const known = ranks.get(actor);
    if (known !== undefined) return known;
    const rank = priorities[ranks.size % priorities.length] ?? 0;
    ranks.set(actor, rank);
    return rank;
  };

  return {
    turn: (actor) => new Promise((resolve) => queue.push({ actor, go: resolve })),
    async next() {
      taken += 1;
      for (const { actor } of queue) rankOf(actor);
      if (demotions.includes(taken)) ranks.set(firstOf(queue, rankOf).actor, -taken);
      const chosen = firstOf(queue, rankOf);
      queue.splice(queue.indexOf(chosen), 1);
      chosen.go();
    },
    waiting: () => queue.length,
  };
}

function firstOf<Waiting extends { readonly actor: string }>(
  queue: readonly Waiting[],
  rankOf: (actor: string) => number,
): Waiting {
  return queue.reduce((best, other) => (rankOf(other.actor) > rankOf(best.actor) ? other : best));
}
