import { isMapping, TemplateError, type TemplateNode } from './document.ts';

/** What the references of a template stand for. */
export interface Scope {
  /** Values of parameters and pseudo parameters (`AWS::Region`) by name. */
  readonly parameters: Readonly<Record<string, TemplateNode>>;
  /** What `!Ref Resource` (key `Resource`) and `!GetAtt Resource.Attribute` (key `Resource.Attribute`) answer. */
  readonly resources: Readonly<Record<string, string>>;
  /** The template's `Conditions`. */
  readonly conditions: Readonly<Record<string, TemplateNode>>;
}

/**
 * Evaluates CloudFormation's intrinsic functions in a part of a template, as far as this template uses them: `Ref`,
 * `GetAtt`, `Sub`, `Split`, `If`, `Equals`, `And`, `Or`, `Not`, `Condition`. Properties whose value is `AWS::NoValue` vanish.
 *
 * @throws {TemplateError} for a reference that the scope does not know, and for any other function
 */
export function resolve(node: TemplateNode, scope: Scope): TemplateNode {
  const resolved = evaluate(node, scope);
  return resolved === NO_VALUE ? null : resolved;
}

/** Whether the condition of that name holds. */
export function holds(condition: string, scope: Scope): boolean {
  const definition = scope.conditions[condition];
  if (definition === undefined) throw new TemplateError(`The template has no condition "${condition}"`);
  return truth(definition, scope);
}

const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = TemplateNode | typeof NO_VALUE;

function evaluate(node: TemplateNode, scope: Scope): Resolved {
  if (Array.isArray(node)) return node.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE);
  if (!isMapping(node)) return node;

  const [only, ...others] = Object.entries(node);
  if (only !== undefined && others.length === 0) {
    const [name, argument] = only;
    if (name === 'Ref') return reference(text(argument), scope);
    if (name.startsWith('Fn::')) return call(name, argument, scope);
  }
  const properties = Object.entries(node).flatMap(([name, value]) => {
    const resolved = evaluate(value, scope);
    return resolved === NO_VALUE ? [] : [[name, resolved] as const];
  });
  return Object.fromEntries(properties);
}

function call(name: string, argument: TemplateNode, scope: Scope): Resolved {
  switch (name) {
    case 'Fn::GetAtt':
      return reference(list(argument).map(text).join('.'), scope);
    case 'Fn::Sub':
      return substitute(text(argument), scope);
    case 'Fn::Split': {
      const [delimiter, whole] = list(argument);
      return String(resolve(whole ?? null, scope)).split(text(delimiter));
    }
    case 'Fn::If': {
      const [condition, then, otherwise] = list(argument);
      return evaluate((holds(text(condition), scope) ? then : otherwise) ?? null, scope);
    }
    case 'Fn::Equals':
    case 'Fn::And':
    case 'Fn::Or':
    case 'Fn::Not':
      return truth({ [name]: argument }, scope);
    default:
      throw new TemplateError(`The template uses ${name}, which the laptop stack cannot evaluate`);
  }
}

function truth(node: TemplateNode, scope: Scope): boolean {
  if (isMapping(node)) {
    if (node.Condition !== undefined) return holds(text(node.Condition), scope);
    const operands = (name: string): TemplateNode[] => list(node[name]);
    if (node['Fn::Not'] !== undefined) return !operands('Fn::Not').every((operand) => truth(operand, scope));
    if (node['Fn::And'] !== undefined) return operands('Fn::And').every((operand) => truth(operand, scope));
    if (node['Fn::Or'] !== undefined) return operands('Fn::Or').some((operand) => truth(operand, scope));
    if (node['Fn::Equals'] !== undefined) {
      const [left, right] = operands('Fn::Equals').map((operand) => String(resolve(operand, scope)));
      return left === right;
    }
  }
  throw new TemplateError(
    `The template has a condition that the laptop stack cannot evaluate: ${JSON.stringify(node)}`,
  );
}

function reference(name: string, scope: Scope): Resolved {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const value = scope.parameters[name] ?? scope.resources[name];
  if (value === undefined) throw new TemplateError(`Nothing is known of "${name}", which the template refers to`);
  return value;
}

function substitute(pattern: string, scope: Scope): string {
  return pattern.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => String(resolve({ Ref: name.trim() }, scope)));
}

function text(node: TemplateNode | undefined): string {
  if (typeof node === 'string') return node;
  throw new TemplateError(`The template has ${JSON.stringify(node)} where a name is expected`);
}

function list(node: TemplateNode | undefined): TemplateNode[] {
  if (Array.isArray(node)) return node;
  throw new TemplateError(`The template has ${JSON.stringify(node)} where a list is expected`);
}
