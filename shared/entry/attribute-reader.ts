import { DEEPEST, type Dialect, type ItemValue, setOwn } from './attribute.ts';
import { MalformedImageError } from './errors.ts';
import { type ExactNumber, kindOf, NumberValue, numberFrom } from './number.ts';
import { isDeeperThan, type Path, renderPath, step } from './path.ts';

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

const isRecord = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
