import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type ItemValue, setOwn } from './attribute.ts';
import { attributesOf } from './attribute-reader.ts';
import { toAttribute } from './attribute-writer.ts';
import { lambdaDialect, sdkDialect } from './dialects.ts';
import type { NumberValue } from './number.ts';
import { rootPath, step } from './path.ts';

export type { ItemValue } from './attribute.ts';
export { NumberValue } from './number.ts';

/** An item of the table, in plain JavaScript values that lose nothing. */
export type Item = { [attribute: string]: ItemValue };

/** What a key attribute can hold (types S, N and B). */
export type KeyValue = string | number | bigint | NumberValue | Uint8Array;

/** A primary key: partition attribute and, where the table has one, sort attribute. */
export type PrimaryKey = { readonly [attribute: string]: KeyValue };

/**
 * Reads the `Keys`, `NewImage` or `OldImage` of a stream record as Lambda delivers it (`B` and `BS` are base64 text).
 *
 * Numbers come back as `number` where the double prints the same decimal value, else as `bigint`, else as
 * `NumberValue`; binaries as `Uint8Array`; sets as `Set`.
 *
 * @throws {MalformedImageError} naming the attribute and what was expected
 * @example itemFromImage({ username: { S: 'alice' }, logins: { N: '42' } }) // { username: 'alice', logins: 42 }
 */
export const itemFromImage = (image: unknown): Item => attributesOf(image, lambdaDialect, rootPath(image));

/**
 * Reads an item that the AWS SDK returned; the same as {@link itemFromImage} for everything but binaries, which are
 * bytes here.
 *
 * @throws {MalformedImageError} naming the attribute and what was expected
 */
export const itemFromAttributes = (attributes: Record<string, AttributeValue>): Item =>
  attributesOf(attributes, sdkDialect, rootPath(attributes));

/**
 * Writes plain values for the SDK: a `Key`, or `ExpressionAttributeValues`.
 *
 * @throws {UnsupportedValueError} naming the attribute that DynamoDB cannot hold: an empty set, a `Date`, `NaN`
 * @example attributesFrom({ PK: 'USER#alice' }) // { PK: { S: 'USER#alice' } }
 */
export function attributesFrom(item: { readonly [attribute: string]: ItemValue }): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  const path = rootPath(item);
  for (const [name, value] of Object.entries(item)) {
    setOwn(attributes, name, toAttribute(value, sdkDialect, step(path, name, value)));
  }
  return attributes;
}
