import type { Dialect } from './attribute.ts';

/** As the SDK sends and returns attributes: binaries are bytes. */
export const sdkDialect: Dialect<Uint8Array> = {
  writeBinary: (bytes) => bytes,
  readBinary: (raw) => (raw instanceof Uint8Array ? raw : undefined),
  binaryForm: 'bytes (B)',
  exactTypes: false,
};

/** As Lambda delivers the images of a stream record: binaries are base64 text. */
export const lambdaDialect: Dialect<string> = {
  writeBinary: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  readBinary: (raw) => (typeof raw === 'string' ? fromBase64(raw) : undefined),
  binaryForm: 'base64 text (B)',
  exactTypes: false,
};

/** As entries hold what plain JSON would change: Lambda's form, in which a number also keeps its JavaScript type. */
export const payloadDialect: Dialect<string> = { ...lambdaDialect, exactTypes: true };

function fromBase64(text: string): Uint8Array | undefined {
  // `Buffer.from` skips what is not base64 and stops at the first padding; neither may pass for the whole value.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}
