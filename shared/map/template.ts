import { MapDefinitionError } from './errors.ts';

/** A key template, parsed: literal text and parameters by turns. */
export interface Template {
  /** As the user wrote it. */
  readonly source: string;
  readonly segments: readonly Segment[];
}

type Segment = Literal | Parameter;

interface Literal {
  readonly kind: 'literal';
  readonly text: string;
}

interface Parameter {
  readonly kind: 'parameter';
  readonly name: string;
  /**
   * The separator: the first character of the text behind the parameter, which the value may not contain, so that
   * there is exactly one way to read a key. `undefined` at the end of the template, where anything goes.
   */
  readonly separator: string | undefined;
}

/**
 * The parameter names in a template, as a type: `'ORG#{organization}'` gives `'organization'`, a template without
 * parameters `never`, and a `string` that is not known to the compiler `string`.
 */
export type TemplateParameters<Source extends string> = string extends Source
  ? string
  : Source extends `${string}{${infer Rest}`
    ? Rest extends `{${infer Behind}`
      ? TemplateParameters<Behind>
      : Rest extends `${infer Name}}${infer Behind}`
        ? Name | TemplateParameters<Behind>
        : never
    : never;

/**
 * Parses a key template. `{name}` is a parameter; a literal brace is written twice (`{{`, `}}`), as in .NET, Python
 * and Rust.
 *
 * @param source e.g. `'ORG#{organization}'`
 * @param culprit what the template belongs to, for the error
 * @throws {MapDefinitionError} for an unclosed or stray brace, a bad name, or two parameters side by side
 */
export function parseTemplate(source: string, culprit: string): Template {
  const fail = (problem: string): never => {
    throw new MapDefinitionError(culprit, `the template '${source}' ${problem}`);
  };
  if (source === '') fail('is empty, and DynamoDB has no empty keys');
  if (!source.isWellFormed()) fail('is not well-formed text (a lone surrogate)');

  const pieces: Segment[] = [];
  let position = 0;
  while (position < source.length) {
    const brace = nextBrace(source, position);
    if (brace > position) pieces.push({ kind: 'literal', text: source.slice(position, brace) });
    if (brace === source.length) break;
    if (source[brace] === source[brace + 1]) {
      pieces.push({ kind: 'literal', text: source.charAt(brace) });
      position = brace + 2;
      continue;
    }
    if (source[brace] === '}') fail(`has a '}' that closes nothing; a literal brace is written '}}'`);
    const close = source.indexOf('}', brace);
    if (close < 0) fail(`has a '{' that is not closed; a literal brace is written '{{'`);
    const name = source.slice(brace + 1, close);
    if (!PARAMETER_NAME.test(name))
      fail(`has the parameter name '${name}'; use letters, digits and '_', a letter first`);
    if (pieces.at(-1)?.kind === 'parameter') fail(`has nothing between '{${name}}' and the parameter before it`);
    pieces.push({ kind: 'parameter', name, separator: undefined });
    position = close + 1;
  }
  return { source, segments: withSeparators(joined(pieces)) };
}

/** Whether a text can be a parameter's name. No leading underscore: `__proto__` is not a name. */
export const isParameterName = (name: string): boolean => PARAMETER_NAME.test(name);

/** The text that the template makes of these values, which must have been checked against their separators. */
export function buildTemplate(template: Template, values: { readonly [parameter: string]: unknown }): string {
  let text = '';
  for (const segment of template.segments) {
    text += segment.kind === 'literal' ? segment.text : String(values[segment.name]);
  }
  return text;
}

/**
 * Reads a text by the template. Deterministic: a parameter ends at the first occurrence of its separator.
 *
 * @param capture is told each parameter's text in turn; answers `false` to refuse (a repeated parameter that differs)
 * @returns whether the text is one that the template makes
 */
export function matchTemplate(
  template: Template,
  text: string,
  capture: (name: string, value: string) => boolean,
): boolean {
  let position = 0;
  for (const segment of template.segments) {
    if (segment.kind === 'literal') {
      if (!text.startsWith(segment.text, position)) return false;
      position += segment.text.length;
      continue;
    }
    const end = segment.separator === undefined ? text.length : text.indexOf(segment.separator, position);
    if (end <= position || !capture(segment.name, text.slice(position, end))) return false;
    position = end;
  }
  return position === text.length;
}

const PARAMETER_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

function nextBrace(source: string, from: number): number {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '{' || source[i] === '}') return i;
  }
  return source.length;
}

/** Joins neighbouring literals, which an escaped brace leaves in pieces. */
function joined(pieces: readonly Segment[]): Segment[] {
  const segments: Segment[] = [];
  for (const piece of pieces) {
    const last = segments.at(-1);
    if (piece.kind === 'literal' && last?.kind === 'literal') {
      segments[segments.length - 1] = { kind: 'literal', text: last.text + piece.text };
    } else {
      segments.push(piece);
    }
  }
  return segments;
}

function withSeparators(segments: readonly Segment[]): Segment[] {
  return segments.map((segment, i) => {
    const behind = segments[i + 1];
    if (segment.kind === 'literal' || behind?.kind !== 'literal') return segment;
    const [separator] = behind.text; // the first code point, not half a surrogate pair
    return { ...segment, separator };
  });
}
