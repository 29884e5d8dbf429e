import { MalformedImageError, UnsupportedValueError } from './errors.ts';
import { type ExactNumber, isDecimal, NumberValue, numberFrom } from './number.ts';
import { isCyclic, isDeeperThan, type Path, renderPath, rootPath } from './path.ts';

/** Everything that a DynamoDB attribute can hold, as JavaScript holds it exactly. */
export type ItemValue =
  | string
  | number
  | bigint
  | NumberValue
  | boolean
  | null
  | Uint8Array
  | Set<string>
  | Set<number | bigint | NumberValue>
  | Set<Uint8Array>
  | ItemValue[]
  | { [attribute: string]: ItemValue };

/** DynamoDB's tagged form of a value. `Binary` is base64 text where the form is JSON, bytes where the SDK sends it. */
export type Attribute<Binary> =
  | { S: string }
  | { N: string; is?: NumberKind }
  | { B: Binary }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[]; is?: NumberKind[] }
  | { BS: Binary[] }
  | { L: Attribute<Binary>[] }
  | { M: { [attribute: string]: Attribute<Binary> } };

/** What {@link numberFrom} would not choose for the text, and must all the same come back (a small `bigint`, say). */
export type NumberKind = 'number' | 'bigint' | 'NumberValue';

/** Where two tagged forms differ. */
export interface Dialect<Binary> {
  readonly writeBinary: (bytes: Uint8Array) => Binary;
  /** `undefined`: not a binary of this dialect. */
  readonly readBinary: (raw: unknown) => Uint8Array | undefined;
  readonly binaryForm: string;
  /** Numbers whose type the text does not tell carry it in `is`, and an empty set may be written. */
  readonly exactTypes: boolean;
}

/** Deeper than DynamoDB nests (32 levels) and shallow enough for any stack. */
export const DEEPEST = 512;

/**
 * Writes a value in DynamoDB's tagged form.
 *
 * @throws {UnsupportedValueError} for what would not come back exactly
 */
export function toAttribute<Binary>(
  value: unknown,
  dialect: Dialect<Binary>,
  path = rootPath(value),
): Attribute<Binary> {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'boolean':
      return { BOOL: value };
    case 'number':
    case 'bigint':
      return taggedNumber(value, dialect, path);
    case 'object':
      return value === null ? { NULL: true } : taggedObject(value, dialect, path);
    default:
      throw new UnsupportedValueError(renderPath(path), value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

/**
 * Reads a value in DynamoDB's tagged form. Own code and not the SDK's `unmarshall`, because that loses an attribute
 * named `__proto__`, takes any truthy `BOOL` for true and any text for a number, and leaves base64 as it is.
 *
 * @throws {MalformedImageError} for what is not in that form
 */
export function fromAttribute<Binary>(raw: unknown, dialect: Dialect<Binary>, path: Path): ItemValue {
  if (!isRecord(raw)) throw malformed(path, 'a tagged value such as {"S": …}');
  const tag = onlyTag(raw, dialect, path);
  const content = raw[tag];
  switch (tag) {
    case 'S':
      if (typeof content === 'string') return content;
      throw malformed(path, 'text (S)');
    case 'N':
      return readNumber(content, raw.is, dialect, path);
    case 'B':
      return readBinary(content, dialect, path);
    case 'BOOL':
      if (typeof content === 'boolean') return content;
      throw malformed(path, 'true or false (BOOL)');
    case 'NULL':
      if (content === true) return null;
      throw malformed(path, 'true (NULL)');
    case 'M':
      return attributesOf(content, dialect, path);
    case 'L':
      return listOf(content, 'a list (L)', path).map((element, index) =>
        fromAttribute(element, dialect, step(path, index, element)),
      );
    case 'SS':
      return new Set(
        listOf(content, 'a list of texts (SS)', path).map((element, index) =>
          readText(element, step(path, index, element)),
        ),
      );
    case 'NS':
      return readNumberSet(content, raw.is, dialect, path);
    case 'BS':
      return new Set(
        listOf(content, 'a list of binaries (BS)', path).map((element, index) =>
          readBinary(element, dialect, step(path, index, element)),
        ),
      );
    default:
      throw malformed(path, 'one of S, N, B, BOOL, NULL, M, L, SS, NS, BS');
  }
}

/** Reads a map of tagged values: an image, or the content of an `M`. */
export function attributesOf<Binary>(
  raw: unknown,
  dialect: Dialect<Binary>,
  path: Path,
): { [attribute: string]: ItemValue } {
  if (!isRecord(raw)) throw malformed(path, 'a map of attributes');
  if (isDeeperThan(path, DEEPEST)) throw malformed(path, `nested at most ${DEEPEST} levels deep`);
  const result: { [attribute: string]: ItemValue } = {};
  for (const name of Object.keys(raw)) setOwn(result, name, fromAttribute(raw[name], dialect, step(path, name, raw)));
  return result;
}

/** Assigns an own property whatever its name: a plain assignment to `__proto__` would vanish. */
export function setOwn<Value>(target: { [name: string]: Value }, name: string, value: Value): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}

/** Whether a value is an object literal (or one without a prototype), not an instance of something. */
export function isPlainObject(value: object): value is { [name: string]: unknown } {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function taggedObject<Binary>(value: object, dialect: Dialect<Binary>, path: Path): Attribute<Binary> {
  if (value instanceof Uint8Array) return { B: dialect.writeBinary(value) };
  if (value instanceof NumberValue) return taggedNumber(value, dialect, path);
  if (isCyclic(path)) throw new UnsupportedValueError(renderPath(path), 'a container of itself');
  if (isDeeperThan(path, DEEPEST))
    throw new UnsupportedValueError(renderPath(path), `nested deeper than ${DEEPEST} levels`);
  if (value instanceof Set) return taggedSet(value, dialect, path);
  // Not `map`, which skips the holes of a sparse array.
  if (Array.isArray(value))
    return { L: Array.from(value, (element, index) => toAttribute(element, dialect, step(path, index, element))) };
  if (!isPlainObject(value)) throw new UnsupportedValueError(renderPath(path), 'an instance of a class');
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new UnsupportedValueError(renderPath(path), 'an object with symbols for names');
  const attributes: { [attribute: string]: Attribute<Binary> } = {};
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member !== undefined) setOwn(attributes, name, toAttribute(member, dialect, step(path, name, member)));
  }
  return { M: attributes };
}

function taggedNumber<Binary>(
  value: ExactNumber,
  dialect: Dialect<Binary>,
  path: Path,
): { N: string; is?: NumberKind } {
  const text = numberText(value, path);
  return !dialect.exactTypes || isWhatTextSays(value, text) ? { N: text } : { N: text, is: kindOf(value) };
}

function taggedSet<Binary>(set: Set<unknown>, dialect: Dialect<Binary>, path: Path): Attribute<Binary> {
  const elements = [...set];
  if (elements.length === 0 && !dialect.exactTypes) {
    throw new UnsupportedValueError(renderPath(path), 'an empty set, which DynamoDB does not store');
  }
  if (elements.every((element) => typeof element === 'string')) return { SS: elements };
  if (elements.every((element) => element instanceof Uint8Array)) return { BS: elements.map(dialect.writeBinary) };
  if (elements.every(isNumber)) {
    const NS = elements.map((element, index) => numberText(element, step(path, index, element)));
    const plain = !dialect.exactTypes || elements.every((element, index) => isWhatTextSays(element, NS[index] ?? ''));
    return plain ? { NS } : { NS, is: elements.map(kindOf) };
  }
  throw new UnsupportedValueError(
    renderPath(path),
    'a set of something else than texts only, numbers only or binaries only',
  );
}

function numberText(value: ExactNumber, path: Path): string {
  const text = Object.is(value, -0) ? '0' : String(value);
  if (isDecimal(text)) return text;
  throw new UnsupportedValueError(
    renderPath(path),
    typeof value === 'number' ? 'not a finite number' : 'a NumberValue of something else than a decimal number',
  );
}

function isWhatTextSays(value: ExactNumber, text: string): boolean {
  const read = numberFrom(text);
  return read !== undefined && kindOf(read) === kindOf(value);
}

function kindOf(value: ExactNumber): NumberKind {
  if (typeof value === 'number') return 'number';
  return typeof value === 'bigint' ? 'bigint' : 'NumberValue';
}

function isNumber(value: unknown): value is ExactNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof NumberValue;
}

/** The one name under which a tagged value holds something. The SDK's types allow `undefined` under the others. */
function onlyTag<Binary>(raw: { [name: string]: unknown }, dialect: Dialect<Binary>, path: Path): string {
  let tag: string | undefined;
  for (const name of Object.keys(raw)) {
    if (raw[name] === undefined || (name === 'is' && dialect.exactTypes)) continue;
    if (tag !== undefined) throw malformed(path, 'a value with one type tag');
    tag = name;
  }
  if (tag === undefined) throw malformed(path, 'a tagged value such as {"S": …}');
  return tag;
}

function readNumber<Binary>(content: unknown, is: unknown, dialect: Dialect<Binary>, path: Path): ExactNumber {
  const number = typeof content === 'string' ? numberFrom(content) : undefined;
  if (number === undefined || typeof content !== 'string') throw malformed(path, 'a decimal number as text (N)');
  if (!dialect.exactTypes || is === undefined) return number;
  if (is === kindOf(number)) return number;
  if (is === 'NumberValue') return NumberValue.from(content);
  if (is === 'bigint' && /^-?\d+$/.test(content)) return BigInt(content);
  throw malformed(path, 'a number of a known kind');
}

function readNumberSet<Binary>(content: unknown, is: unknown, dialect: Dialect<Binary>, path: Path): Set<ExactNumber> {
  const texts = listOf(content, 'a list of numbers (NS)', path);
  const kinds = !dialect.exactTypes || is === undefined ? undefined : listOf(is, 'a list of kinds', path);
  return new Set(texts.map((text, index) => readNumber(text, kinds?.[index], dialect, step(path, index, text))));
}

function readText(content: unknown, path: Path): string {
  if (typeof content === 'string') return content;
  throw malformed(path, 'text (S)');
}

function readBinary<Binary>(content: unknown, dialect: Dialect<Binary>, path: Path): Uint8Array {
  const bytes = dialect.readBinary(content);
  if (bytes !== undefined) return bytes;
  throw malformed(path, dialect.binaryForm);
}

function listOf(content: unknown, expected: string, path: Path): unknown[] {
  if (!Array.isArray(content)) throw malformed(path, expected);
  if (isDeeperThan(path, DEEPEST)) throw malformed(path, `nested at most ${DEEPEST} levels deep`);
  return content;
}

const malformed = (path: Path, expected: string): MalformedImageError =>
  new MalformedImageError(renderPath(path), expected);

const step = (parent: Path, name: string | number, value: unknown): Path => ({ parent, step: name, value });

const isRecord = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
