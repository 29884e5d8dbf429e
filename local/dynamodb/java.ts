import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** DynamoDB Local cannot run here: Java is missing or too old. The message says how to install it. */
export class JavaMissing extends Error {
  override readonly name = 'JavaMissing';
}

/** The oldest Java that DynamoDB Local runs on. */
const OLDEST = 17;

/**
 * Checks that a Java that can run DynamoDB Local is on the PATH.
 *
 * @throws {JavaMissing}
 */
export async function requireJava(command = 'java'): Promise<void> {
  const version = await javaVersion(command);
  if (version !== undefined && version >= OLDEST) return;
  const found = version === undefined ? 'there is none on the PATH' : `the one on the PATH is ${version}`;
  throw new JavaMissing(
    `DynamoDB Local needs Java ${OLDEST} or newer, and ${found}: ` +
      `install it with "sudo apt install openjdk-17-jre-headless" (Debian) or "brew install openjdk@17" (macOS).`,
  );
}

/** Major version of a Java command: 17 for `17.0.15`, 8 for `1.8.0`. `undefined` when it cannot be run. */
export async function javaVersion(command = 'java'): Promise<number | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ['-version']);
    // It is written to standard error, and on macOS a stub without a Java behind it exits with an error.
    return parseJavaVersion(stdout + stderr);
  } catch {
    return undefined;
  }
}

/** Reads the major version off the answer to `java -version`. */
export function parseJavaVersion(answer: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(answer) ?? [];
  if (first === undefined) return undefined;
  return Number(first === '1' ? second : first);
}
