import { describe, expect, it } from 'vitest';
import { keyText, printable, shorten } from '../../../cli/terminal/text.ts';

describe('printable text', () => {
  it.each([
    ['line\nbreak', 'line\\nbreak'],
    ['tab\there', 'tab\\there'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u202eright to left', '\\u{202e}right to left'],
    ['back\\slash', 'back\\\\slash'],
    [' ', '\\x20'],
    ['\ud800', '\\u{d800}'],
  ])('escapes what would move the cursor or could be taken for something else: %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('leaves words of all languages and emoji as they are', () => {
    expect(printable('Zoë 🦊 👩‍🚀 東京')).toBe('Zoë 🦊 👩‍🚀 東京');
  });
});

describe('a shortened text', () => {
  it('fits, in the columns that a terminal gives to wide characters too', () => {
    expect(shorten('東京東京', 5)).toBe('東京…');
  });

  it('is left alone where it fits', () => {
    expect(shorten('alice', 5)).toBe('alice');
  });

  it('is never cut within a character', () => {
    expect(shorten('👩‍🚀👩‍🚀👩‍🚀', 4)).toBe('👩‍🚀…');
  });
});

describe('the text of a key', () => {
  it('has the partition in front, whatever the order of the record', () => {
    expect(keyText({ SK: 'USER#alice', PK: 'ORG#acme' }, ['PK', 'SK'])).toBe('ORG#acme / USER#alice');
  });

  it('says once what both parts say', () => {
    expect(keyText({ PK: 'USER#alice', SK: 'USER#alice' }, ['PK', 'SK'])).toBe('USER#alice');
  });

  it('shows numbers and binaries', () => {
    expect(keyText({ PK: 42n, SK: Uint8Array.of(1, 2) }, ['PK', 'SK'])).toBe('42 / base64:AQI=');
  });
});
