import { type Attribute, DEEPEST, type Dialect, isPlainObject, setOwn } from './attribute.ts';
import { UnsupportedValueError } from './errors.ts';
import { type ExactNumber, isDecimal, kindOf, type NumberKind, NumberValue, numberFrom } from './number.ts';
import { isCyclic, isDeeperThan, type Path, renderPath, rootPath, step } from './path.ts';

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

function isNumber(value: unknown): value is ExactNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof NumberValue;
}
