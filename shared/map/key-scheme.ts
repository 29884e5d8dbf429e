import type { KeyValue, PrimaryKey } from '../entry/item.ts';
import type { ExactNumber } from '../entry/number.ts';
import { MapDefinitionError } from './errors.ts';
import type { Template, TemplateParameters } from './template.ts';

/** Parameters of a key by name, as `entity.key()` takes them. */
export type KeyParams = { readonly [name: string]: KeyValue };

/** For an entity or collection that has no parameters: `{}` and nothing else. */
export type NoParams = { readonly [name: string]: never };

/** A key attribute of type N that holds one parameter. Made by `number()`. */
export interface NumberAttribute<Name extends string = string> {
  readonly kind: 'number';
  readonly parameter: Name;
}

/** A key attribute of type B that holds one parameter. Made by `binary()`. */
export interface BinaryAttribute<Name extends string = string> {
  readonly kind: 'binary';
  readonly parameter: Name;
}

/** Key attributes by name, the partition key first: templates for text, `number()` and `binary()` for the other types. */
export type KeyTemplates = { readonly [attribute: string]: string | NumberAttribute | BinaryAttribute };

/** A key that is built and recognised by functions. Made by `keyOf()`. */
export interface KeyFunction<Params = KeyParams> {
  readonly kind: 'function';
  readonly attributes: readonly string[];
  build(params: Params): PrimaryKey;
  match(key: PrimaryKey): Params | undefined;
}

/** The parameters of a key definition. */
export type ParamsOf<Key extends KeyTemplates | KeyFunction> =
  Key extends KeyFunction<infer Params> ? Params : Key extends KeyTemplates ? Named<TemplateParams<Key>> : never;

/** Parameters as a plain mapped type (an interface has no index signature), and `{}` closed against stray names. */
export type Named<Params> = [keyof Params] extends [never]
  ? NoParams
  : { readonly [Name in keyof Params]: Params[Name] };

/** How an entity's keys are built and recognised, whatever they were defined by. */
export interface KeyScheme {
  /** `[partition]` or `[partition, sort]`. */
  readonly attributes: readonly string[];
  /** What is known of the attributes; `undefined` where functions decide. */
  readonly patterns: readonly AttributePattern[] | undefined;
  build(params: KeyParams): PrimaryKey;
  match(key: PrimaryKey): KeyParams | undefined;
}

/** One key attribute, parsed. */
export type AttributePattern = { readonly attribute: string; readonly maxBytes: number } & (
  | { readonly kind: 'text'; readonly template: Template }
  | NumberAttribute
  | BinaryAttribute
);

/** @throws {MapDefinitionError} unless these are the one or two attributes of a primary key */
export function checkAttributes(attributes: readonly string[], culprit: string): void {
  const [partition, sort] = attributes;
  if (partition === undefined)
    throw new MapDefinitionError(culprit, 'the key has no attributes; name the partition key');
  if (attributes.length > 2) {
    throw new MapDefinitionError(culprit, `the key has ${attributes.length} attributes; a primary key has one or two`);
  }
  if (partition === '' || sort === '') throw new MapDefinitionError(culprit, 'a key attribute has an empty name');
  if (partition === sort) throw new MapDefinitionError(culprit, `the key names the attribute '${partition}' twice`);
}

/** Whether a key consists of exactly these attributes, in whatever order. */
export function hasExactly(key: PrimaryKey, attributes: readonly string[]): boolean {
  if (Object.keys(key).length !== attributes.length) return false;
  for (const attribute of attributes) if (!Object.hasOwn(key, attribute)) return false;
  return true;
}

type TemplateParams<Key extends KeyTemplates> = {
  readonly [Name in TextNames<Key>]: string;
} & {
  readonly [Name in NamesOf<Key, NumberAttribute>]: ExactNumber;
} & {
  readonly [Name in NamesOf<Key, BinaryAttribute>]: Uint8Array;
};

type TextNames<Key extends KeyTemplates> = {
  [Attribute in keyof Key]: Key[Attribute] extends string ? TemplateParameters<Key[Attribute]> : never;
}[keyof Key];

type NamesOf<Key extends KeyTemplates, Kind extends NumberAttribute | BinaryAttribute> = {
  [Attribute in keyof Key]: Key[Attribute] extends Kind ? Key[Attribute]['parameter'] : never;
}[keyof Key];
