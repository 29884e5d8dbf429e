import { expect, test } from 'vitest';
import { parseTemplate, TemplateError } from '../../../../local/template/document.ts';

test.each([
  ['!Ref Table', { Ref: 'Table' }],
  ['!Condition IsLarge', { Condition: 'IsLarge' }],
  ['!GetAtt Table.Arn', { 'Fn::GetAtt': ['Table', 'Arn'] }],
  ['!GetAtt Stack.Outputs.Url', { 'Fn::GetAtt': ['Stack', 'Outputs.Url'] }],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
  ['!Sub x-${Table}', { 'Fn::Sub': 'x-${Table}' }],
  ['!If [A, !Ref B, c]', { 'Fn::If': ['A', { Ref: 'B' }, 'c'] }],
  ['!Not [!Equals [!Ref A, ""]]', { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'A' }, ''] }] }],
])('%s is the short form of its function', (short, long) => {
  expect(parseTemplate(`Value: ${short}`)).toEqual({ Value: long });
});

test('values without a function are what YAML says', () => {
  expect(parseTemplate('a: 1\nb: true\nc: null\nd: [x, "2"]')).toEqual({ a: 1, b: true, c: null, d: ['x', '2'] });
});

test('text that is not YAML is refused with its place', () => {
  expect(() => parseTemplate('a: [1\nb: 2')).toThrow(TemplateError);
  expect(() => parseTemplate('a: [1\nb: 2')).toThrow(/line 2/);
});

test('an alias, which CloudFormation would refuse, is refused', () => {
  expect(() => parseTemplate('a: &x 1\nb: *x')).toThrow(TemplateError);
});
