import stringWidth from 'string-width';
import type { KeyValue, PrimaryKey } from '../../shared/entry/item.ts';

/**
 * A primary key for people: `ORG#acme / USER#alice`, or one part where both say the same. Safe to print anywhere.
 *
 * @param attributes the partition attribute first
 */
export function keyText(key: PrimaryKey, attributes: readonly string[]): string {
  const inOrder = [...attributes, ...Object.keys(key)].flatMap((name) => key[name] ?? []);
  const parts = inOrder.map(valueText);
  return [...new Set(parts)].join(' / ');
}

/**
 * Makes any text harmless to a terminal and unambiguous to a reader: control and formatting characters (which could
 * move the cursor, or turn the direction of the text around) and spaces at the ends come out escaped.
 */
export function printable(text: string): string {
  return text.replace(
    /[\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}|^\s|\s$/gu,
    (character) => ESCAPES[character] ?? hex(character),
  );
}

/** Shortens text to a width in terminal columns; what is left out is the end of it. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** @example plural(1, 'entry', 'entries') // 1 entry */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const hex = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
};

function valueText(value: KeyValue): string {
  if (value instanceof Uint8Array) return `base64:${Buffer.from(value).toString('base64')}`;
  return typeof value === 'string' ? printable(value) : String(value);
}
