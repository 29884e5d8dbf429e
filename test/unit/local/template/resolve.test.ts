import { expect, test } from 'vitest';
import { parseTemplate, TemplateError } from '../../../../local/template/document.ts';
import { resolve, type Scope } from '../../../../local/template/resolve.ts';

const scope: Scope = {
  parameters: { Stage: 'test', Empty: '', Size: 3 },
  resources: { Queue: 'http://queue', 'Queue.Arn': 'arn:queue' },
  conditions: {
    IsTest: { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] },
    IsEmpty: { 'Fn::Equals': [{ Ref: 'Empty' }, ''] },
    Neither: { 'Fn::Not': [{ 'Fn::Or': [{ Condition: 'IsTest' }, { Condition: 'IsEmpty' }] }] },
    Both: { 'Fn::And': [{ Condition: 'IsTest' }, { Condition: 'IsEmpty' }] },
    SizeIsText: { 'Fn::Equals': [{ Ref: 'Size' }, '3'] },
  },
};
const resolved = (yaml: string) => resolve(parseTemplate(yaml), scope);

test.each([
  ['!Ref Stage', 'test'],
  ['!Ref Size', 3],
  ['!Ref Queue', 'http://queue'],
  ['!GetAtt Queue.Arn', 'arn:queue'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
  ['!Sub "${Stage}/${Queue.Arn}"', 'test/arn:queue'],
  ['!Split [":", !Ref Queue]', ['http', '//queue']],
  ['!If [IsTest, !Ref Stage, other]', 'test'],
  ['!If [Neither, x, y]', 'y'],
  ['!If [Both, x, y]', 'x'],
  ['!If [SizeIsText, x, y]', 'x'],
])('%s', (yaml, value) => {
  expect(resolved(yaml)).toEqual(value);
});

test('what has no value vanishes from mappings and lists', () => {
  expect(resolved('{ a: !Ref AWS::NoValue, b: [1, !If [IsTest, !Ref AWS::NoValue, 2]] }')).toEqual({ b: [1] });
});

test('the side of a condition that is not taken may refer to what is not there', () => {
  expect(resolved('!If [IsTest, a, !Ref Unknown]')).toBe('a');
});

test.each([
  ['a reference to something unknown', '!Ref Unknown', 'Unknown'],
  ['an unknown condition', '!If [Unknown, a, b]', 'Unknown'],
  ['a function that is not evaluated here', '!ImportValue x', 'Fn::ImportValue'],
])('%s is refused by name', (_, yaml, name) => {
  expect(() => resolved(yaml)).toThrow(TemplateError);
  expect(() => resolved(yaml)).toThrow(name);
});
