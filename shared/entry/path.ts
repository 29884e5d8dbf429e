/** A place inside a nested value, as a chain of steps: cheap to extend on the way down, rendered only for an error. */
export interface Path {
  readonly parent: Path | undefined;
  /** Attribute name or list index; unused at the root. */
  readonly step: string | number;
  /** The container or value at this place, by which a cycle is recognised. */
  readonly value: unknown;
}

/** The place of a value that is not inside another. */
export const rootPath = (value: unknown): Path => ({ parent: undefined, step: '', value });

/** The place of `value` inside the container at `parent`. */
export const step = (parent: Path, name: string | number, value: unknown): Path => ({ parent, step: name, value });

/** Whether a place is more than so many levels below the root. */
export function isDeeperThan(path: Path, levels: number): boolean {
  let above = path.parent;
  for (let depth = 1; above !== undefined; depth++, above = above.parent) if (depth > levels) return true;
  return false;
}

/** Whether the value at this place is also one of the containers around it. */
export function isCyclic(path: Path): boolean {
  for (let above = path.parent; above !== undefined; above = above.parent) if (above.value === path.value) return true;
  return false;
}

/** `address.lines[2]`; names that are not plain words are quoted, and a path that is too long is cut in front. */
export function renderPath(path: Path): string {
  let text = '';
  let at: Path = path;
  for (; at.parent !== undefined && text.length <= LONGEST; at = at.parent) text = renderStep(at.step) + text;
  if (text === '') return 'the value itself';
  const whole = text.startsWith('.') ? text.slice(1) : text;
  return whole.length > LONGEST ? `…${whole.slice(-LONGEST)}` : whole;
}

const LONGEST = 200;

function renderStep(name: string | number): string {
  if (typeof name === 'number') return `[${name}]`;
  return /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
