import { describe, expect, test } from 'vitest';
import { MapDefinitionError } from '../../../shared/map/errors.ts';
import { buildTemplate, matchTemplate, parseTemplate } from '../../../shared/map/template.ts';

const read = (source: string, text: string): Record<string, string> | undefined => {
  const found: Record<string, string> = {};
  const matched = matchTemplate(parseTemplate(source, 'test'), text, (name, value) => {
    found[name] = value;
    return true;
  });
  return matched ? found : undefined;
};

describe('a template reads a text', () => {
  test.each([
    ['USER#{username}', 'USER#alice', { username: 'alice' }],
    ['{a}#{b}', 'x#y', { a: 'x', b: 'y' }],
    ['{id}', 'anything # at % all\n', { id: 'anything # at % all\n' }],
    ['ORG#{o}#USER#{u}', 'ORG#acme#USER#a#b', { o: 'acme', u: 'a#b' }],
    ['{a}💥{b}', 'x💥y', { a: 'x', b: 'y' }],
    ['CONFIG', 'CONFIG', {}],
    ['{{{name}}}', '{alice}', { name: 'alice' }],
    ['a{{b}}c{d}', 'a{b}cX', { d: 'X' }],
  ])('%s reads %j', (source, text, expected) => {
    expect(read(source, text)).toEqual(expected);
  });

  test.each([
    ['USER#{username}', 'USER#', 'an empty parameter'],
    ['USER#{username}', 'user#alice', 'another literal'],
    ['USER#{username}', 'USER', 'a text that ends within the literal'],
    ['{a}#{b}', '#y', 'an empty parameter before its separator'],
    ['{a}#{b}', 'xy', 'a text without the separator'],
    ['ORG#{o}#USER#{u}', 'ORG#a#b#USER#c', 'a parameter that holds its separator'],
    ['CONFIG', 'CONFIG2', 'a text that goes on'],
    ['{a}.json', 'x.jsonl', 'a text that goes on behind the last literal'],
  ])('%s does not read %j (%s)', (source, text) => {
    expect(read(source, text)).toBeUndefined();
  });
});

test('a template writes its literals and values, and escaped braces once', () => {
  const template = parseTemplate('{{{a}}}#{b}', 'test');
  expect(buildTemplate(template, { a: 'A', b: 'B' })).toBe('{A}#B');
});

describe('a template that cannot work is refused, with its owner and the reason', () => {
  test.each([
    ['', 'is empty'],
    ['USER#{username', "a '{' that is not closed"],
    ['USER#{user{name}', "the parameter name 'user{name'"],
    ['USER#username}', "a '}' that closes nothing"],
    ['USER#{}', "the parameter name ''"],
    ['USER#{user name}', "the parameter name 'user name'"],
    ['USER#{1st}', "the parameter name '1st'"],
    ['{__proto__}', "the parameter name '__proto__'"],
    ['{a}{b}', "nothing between '{b}' and the parameter before it"],
    ['x\ud800{a}', 'not well-formed'],
  ])('%j', (source, reason) => {
    const parse = () => parseTemplate(source, "entity 'user', attribute 'PK'");
    expect(parse).toThrow(MapDefinitionError);
    expect(parse).toThrow("entity 'user', attribute 'PK'");
    expect(parse).toThrow(reason);
  });
});
