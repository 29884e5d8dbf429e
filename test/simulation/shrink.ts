import type { FaultName } from './engine/faults.ts';
import { type EpisodeOptions, type EpisodeResult, runEpisode } from './episode.ts';

/** The smallest world found that breaks the same promise. */
export interface Shrunk {
  readonly options: EpisodeOptions;
  readonly result: EpisodeResult;
  /** What concerns the key that went wrong, in order. */
  readonly lines: readonly string[];
}

/** Worlds tried at most. */
const ATTEMPTS = 150;

/**
 * Looks for a shorter way to break the same promise: fewer items, fewer kinds of faults one after another, other seeds,
 * and each time no more operations than the shortest way so far took.
 *
 * @param options of a world that breaks a promise
 */
export async function shrink(options: EpisodeOptions): Promise<Shrunk> {
  const original = await runEpisode({ ...options, trace: false });
  const promised = original.violation?.promised;
  if (promised === undefined) throw new Error(`seed ${options.seed} breaks no promise`);
  let best = { options, result: original };
  let attempts = 0;

  /** Whether some seed does it with these options, and sooner. */
  const tryWith = async (changed: Partial<EpisodeOptions>, seeds: number): Promise<boolean> => {
    for (let i = 0; i < seeds && attempts < ATTEMPTS; i++) {
      attempts += 1;
      const seed = i === 0 ? best.options.seed : best.options.seed + i;
      const candidate = { ...best.options, ...changed, seed, operations: best.result.operations };
      const result = await runEpisode(candidate);
      if (result.violation?.promised !== promised || result.steps > best.result.steps) continue;
      best = { options: candidate, result };
      return true;
    }
    return false;
  };

  await tryWith({ items: 1 }, 10);
  for (const fault of options.faults) await tryWith({ faults: without(best.options.faults, fault) }, 4);
  while (attempts < ATTEMPTS) if (!(await tryWith({}, ATTEMPTS))) break;

  const result = await runEpisode({ ...best.options, trace: true });
  const key = result.violation?.key ?? '';
  const end = result.trace.findIndex((line) => line.includes('VIOLATION'));
  const lines = result.trace.slice(0, end + 1).filter((line) => concerns(line, key));
  return { options: best.options, result, lines };
}

function without(faults: readonly FaultName[], fault: FaultName): FaultName[] {
  return faults.filter((name) => name !== fault);
}

/** Of an item: its cache key and its own. Of a page: all that its collection consists of, and all writes. */
function concerns(line: string, key: string): boolean {
  const collection = /^\{[^}]*\}/.exec(key)?.[0];
  if (collection !== undefined) return line.includes(collection) || /table: |handled: |VIOLATION/.test(line);
  const pk = decodeURIComponent(key.slice(key.lastIndexOf(':') + 1));
  return line.includes(key) || new RegExp(`\\b${pk}/`).test(line);
}
