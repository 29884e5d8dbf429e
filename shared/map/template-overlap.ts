import type { AttributePattern } from './key-scheme.ts';

/**
 * Whether one record's key can match both lists of patterns (over the same attributes). Never answers `false` for two
 * that overlap; answers `true` too often only where nothing but an equation between several repeated parameters keeps
 * them apart.
 *
 * Two steps. Where an attribute has the same literals on both sides, a text is read the same way by both, so that its
 * parameters are equal in pairs; that is what keeps `ORG#{o} / ORG#{o}` and `ORG#{o} / ORG#{o}#TEAM#{t}` apart. With
 * equal parameters under one name, what an attribute has in common at either end is cancelled, and what remains is
 * compared as two regular expressions.
 */
export function canOverlap(left: readonly AttributePattern[], right: readonly AttributePattern[]): boolean {
  const names = new Aliases();
  const sides = [sequencesOf(left, 'left'), sequencesOf(right, 'right')] as const;
  for (const [attribute, a] of sides[0]) unify(a, sides[1].get(attribute) ?? [], names);

  const excluded = new Map<string, Set<string>>();
  for (const side of sides) for (const sequence of side.values()) noteSeparators(sequence, names, excluded);

  for (const [attribute, a] of sides[0]) {
    const b = sides[1].get(attribute);
    if (b === undefined) return false;
    const [restOfA, restOfB] = cancelled(a, b, names);
    if (!canMeet(automaton(restOfA, names, excluded), automaton(restOfB, names, excluded))) return false;
  }
  return true;
}

/** One character of a literal, or a parameter (of one side: `left.organization`). */
type Part = { readonly char: string } | { readonly parameter: string; readonly separator: string | undefined };

/** One step of a regular expression: a character, or any character that is not excluded, once or any number of times. */
type Step = { readonly char: string } | { readonly excluded: ReadonlySet<string>; readonly repeats: boolean };

/** Which parameters are known to be equal: a union-find of names. */
class Aliases {
  readonly #parents = new Map<string, string>();

  of(name: string): string {
    const parent = this.#parents.get(name);
    return parent === undefined ? name : this.of(parent);
  }

  join(a: string, b: string): void {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.#parents.set(from, to);
  }
}

function sequencesOf(patterns: readonly AttributePattern[], side: string): Map<string, Part[]> {
  return new Map(
    patterns.map((pattern) => [
      pattern.attribute,
      pattern.kind === 'text'
        ? pattern.template.segments.flatMap((segment): Part[] =>
            segment.kind === 'literal'
              ? Array.from(segment.text, (char) => ({ char }))
              : [{ parameter: `${side}.${segment.name}`, separator: segment.separator }],
          )
        : [{ parameter: `${side}.${pattern.parameter}`, separator: undefined }],
    ]),
  );
}

function unify(a: readonly Part[], b: readonly Part[], names: Aliases): void {
  const pairs = a.map((part, i) => [part, b[i]] as const);
  if (a.length !== b.length || !pairs.every(([x, y]) => x !== undefined && y !== undefined && sameShape(x, y))) return;
  for (const [x, y] of pairs) {
    if (y !== undefined && 'parameter' in x && 'parameter' in y) names.join(x.parameter, y.parameter);
  }
}

const sameShape = (x: Part, y: Part): boolean => ('char' in x ? 'char' in y && x.char === y.char : 'parameter' in y);

function noteSeparators(sequence: readonly Part[], names: Aliases, excluded: Map<string, Set<string>>): void {
  for (const part of sequence) {
    if (!('parameter' in part)) continue;
    const name = names.of(part.parameter);
    const characters = excluded.get(name) ?? new Set();
    if (part.separator !== undefined) characters.add(part.separator);
    excluded.set(name, characters);
  }
}

/** Both sequences without the parts that they share at the beginning and at the end: `us = ut` exactly if `s = t`. */
function cancelled(a: readonly Part[], b: readonly Part[], names: Aliases): [readonly Part[], readonly Part[]] {
  const same = (x: Part | undefined, y: Part | undefined): boolean => {
    if (x === undefined || y === undefined) return false;
    if ('char' in x) return 'char' in y && x.char === y.char;
    return 'parameter' in y && names.of(x.parameter) === names.of(y.parameter);
  };
  let start = 0;
  while (same(a[start], b[start])) start++;
  let end = 0;
  const shorter = Math.min(a.length, b.length) - start;
  while (end < shorter && same(a[a.length - 1 - end], b[b.length - 1 - end])) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

function automaton(
  sequence: readonly Part[],
  names: Aliases,
  excluded: ReadonlyMap<string, ReadonlySet<string>>,
): Step[] {
  return sequence.flatMap((part): Step[] => {
    if ('char' in part) return [part];
    const characters = excluded.get(names.of(part.parameter)) ?? new Set<string>();
    return [
      { excluded: characters, repeats: false },
      { excluded: characters, repeats: true },
    ];
  });
}

/** Whether some text satisfies both: a walk through the product of the two automata. */
function canMeet(a: readonly Step[], b: readonly Step[]): boolean {
  const seen = new Set<number>();
  const open: [number, number][] = [[0, 0]];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const [i, j] = state;
    const id = i * (b.length + 1) + j;
    if (seen.has(id)) continue;
    seen.add(id);
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return true;
    // A step that repeats may also be taken no further time.
    if (x !== undefined && repeats(x)) open.push([i + 1, j]);
    if (y !== undefined && repeats(y)) open.push([i, j + 1]);
    if (x !== undefined && y !== undefined && shareCharacter(x, y)) {
      open.push([repeats(x) ? i : i + 1, repeats(y) ? j : j + 1]);
    }
  }
  return false;
}

const repeats = (step: Step): boolean => 'repeats' in step && step.repeats;

function shareCharacter(x: Step, y: Step): boolean {
  if ('char' in x) return 'char' in y ? x.char === y.char : !y.excluded.has(x.char);
  return 'char' in y ? !x.excluded.has(y.char) : true; // two finite exclusions leave plenty in common
}
