import { describe } from 'vitest';
import { javaVersion } from '../../local/dynamodb/java.ts';

const version = await javaVersion();
const present = version !== undefined && version >= 17;

if (!present && process.env.CI === 'true') {
  throw new Error('CI must not skip what needs DynamoDB Local: install a Java 17 (openjdk-17-jre-headless)');
}
if (!present) console.warn('Skipped: these tests need DynamoDB Local, and there is no Java 17 or newer on the PATH');

/** `describe` for what needs DynamoDB Local: skipped, and said so, without Java; under CI a missing Java is a failure. */
export const describeWithJava = present ? describe : describe.skip;
