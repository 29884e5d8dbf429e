import * as v from 'valibot';

/*
 * The fields that several routes take, and what they may hold. A message is the end of a sentence that begins with the
 * field; none quotes what was sent.
 */

const NAME_RULE = "must be 1 to 128 characters, without spaces, '#' and '/'";

/** What stands in keys and URLs: usernames, organizations, ids. `#` separates the parts of this table's keys. */
export const Name = v.pipe(v.string(NAME_RULE), v.regex(/^[^\s#/\p{C}]{1,128}$/u, NAME_RULE));

/** An object with these fields and no other: a misspelt one is told of, rather than ignored. */
export const bodyOf = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, 'must be an object');

/** Text for people. */
export const text = (longest: number) => {
  const rule = `must be text of 1 to ${longest} characters`;
  return v.pipe(
    v.string(rule),
    v.nonEmpty(rule),
    v.maxLength(longest, rule),
    v.check((value) => value.isWellFormed(), 'must be well-formed text: it holds a lone surrogate'),
  );
};

/** A whole number. */
export const wholeNumber = (smallest: number, largest: number) => {
  const rule = `must be a whole number from ${smallest} to ${largest}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(smallest, rule), v.maxValue(largest, rule));
};

const MOST_ITEMS = 100;
const LIMIT_RULE = `must be a whole number from 1 to ${MOST_ITEMS}`;
const CURSOR_RULE = 'is not one that this list gave out';

/** Which page of a list. */
export const PageQuery = v.object({
  limit: v.exactOptional(
    v.pipe(
      v.string(LIMIT_RULE),
      v.regex(/^\d{1,3}$/, LIMIT_RULE),
      v.transform(Number),
      v.minValue(1, LIMIT_RULE),
      v.maxValue(MOST_ITEMS, LIMIT_RULE),
    ),
  ),
  cursor: v.exactOptional(v.pipe(v.string(CURSOR_RULE), v.regex(/^[\w-]{1,8192}$/, CURSOR_RULE))),
});
