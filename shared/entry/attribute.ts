import type { NumberKind, NumberValue } from './number.ts';

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
