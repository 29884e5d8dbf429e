import { FAULT_NAMES, usualRates } from '../engine/faults.ts';
import { HARMLESS, MUTANTS, type Mutant } from './list.ts';
import { patchModules } from './patch.ts';
import type { Trial } from './trial.ts';

// Its own process: `node trial-main.ts <name> <first seed, or known> <operations>` prints a Trial as JSON.
const [name = '', firstSeed, operations] = process.argv.slice(2);
const mutant = MUTANTS.find((one) => one.name === name);
const subject = mutant ?? HARMLESS.find((one) => one.name === name);
if (subject === undefined) throw new Error(`there is no mutant '${name}'`);
patchModules(subject.patches);

// Only now may the code be loaded.
process.stdout.write(JSON.stringify(await held(mutant ?? {})));

async function held({ scope, weather, seenFrom = 1 }: Pick<Mutant, 'scope' | 'weather' | 'seenFrom'>): Promise<Trial> {
  if (scope !== undefined) {
    const { explore } = await import('../exhaustive/explore.ts');
    const { violation, transitions } = await explore(scope);
    const { promised: broke, what } = violation ?? { promised: undefined, what: undefined };
    return { name, broke, what, steps: transitions, operations: 0, seed: undefined };
  }
  const { hunt } = await import('../hunt.ts');
  const { OURS } = await import('../world/design.ts');
  const { found, ...effort } = await hunt({
    design: OURS,
    faults: FAULT_NAMES,
    ...(weather && { rates: usualRates(weather.faults, weather.factor) }),
    firstSeed: firstSeed === 'known' ? seenFrom : Number(firstSeed),
    perWorld: weather?.perWorld ?? 25_000,
    operations: Number(operations),
  });
  const { promised: broke, what } = found?.violation ?? { promised: undefined, what: undefined };
  return { name, broke, what, seed: found?.seed, ...effort };
}
