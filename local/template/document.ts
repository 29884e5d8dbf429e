import { isMap, isScalar, isSeq, type ParsedNode, parseDocument } from 'yaml';

/** A CloudFormation template as plain data: `!Ref Table` has become `{ Ref: 'Table' }`, `!If [...]` `{ 'Fn::If': [...] }`. */
export type TemplateNode = string | number | boolean | null | TemplateNode[] | { [name: string]: TemplateNode };

/** The template cannot be used as it is. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * Parses a CloudFormation template in YAML, with the short forms of its functions.
 *
 * @throws {TemplateError} where the text is not YAML
 */
export function parseTemplate(yaml: string): TemplateNode {
  // The warnings that are not logged are those about CloudFormation's tags, which YAML does not know.
  const document = parseDocument(yaml, { logLevel: 'error' });
  const problem = document.errors[0];
  if (problem !== undefined) {
    throw new TemplateError(`The template is not YAML: ${problem.message}`, { cause: problem });
  }
  return toData(document.contents);
}

/** Whether a node is a mapping, and so has properties to look at. */
export function isMapping(node: TemplateNode | undefined): node is { [name: string]: TemplateNode } {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

function toData(node: ParsedNode | null): TemplateNode {
  if (node === null) return null;
  const untagged = withoutTag(node);
  if (!isCloudFormationTag(node.tag)) return untagged;
  return longForm(node.tag.slice(1), untagged);
}

function withoutTag(node: ParsedNode): TemplateNode {
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => [keyOf(pair.key), toData(pair.value)]));
  if (isSeq(node)) return node.items.map((item) => toData(item));
  if (isScalar(node)) return scalar(node.value);
  throw new TemplateError('The template uses a YAML alias, which CloudFormation does not support');
}

function keyOf(node: ParsedNode): string {
  if (isScalar(node) && typeof node.value === 'string') return node.value;
  throw new TemplateError('The template has a mapping whose key is not a string');
}

function scalar(value: unknown): TemplateNode {
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
  return plain ? value : String(value);
}

function isCloudFormationTag(tag: string | undefined): tag is string {
  return tag?.startsWith('!') === true && !tag.startsWith('!!');
}

/** `Ref` and `Condition` keep their name in the long form, `GetAtt` splits `Resource.Attribute`, all others get `Fn::`. */
function longForm(name: string, value: TemplateNode): TemplateNode {
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  if (name === 'GetAtt' && typeof value === 'string') {
    const dot = value.indexOf('.');
    return { 'Fn::GetAtt': [value.slice(0, dot), value.slice(dot + 1)] };
  }
  return { [`Fn::${name}`]: value };
}
