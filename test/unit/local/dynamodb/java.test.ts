import { expect, test } from 'vitest';
import { JavaMissing, javaVersion, parseJavaVersion, requireJava } from '../../../../local/dynamodb/java.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_411"', 8],
  ['openjdk version "25-ea" 2025-09-16', 25],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
])('the major version in %j is %j', (answer, major) => {
  expect(parseJavaVersion(answer)).toBe(major);
});

test('a command that cannot be run has no version', async () => {
  expect(await javaVersion('no-such-java')).toBeUndefined();
});

test('a missing Java is one sentence with the install commands for Debian and macOS', async () => {
  const missing = requireJava('no-such-java');

  await expect(missing).rejects.toThrow(JavaMissing);
  await expect(missing).rejects.toThrow(/^[^\n]*sudo apt install openjdk-17-jre-headless[^\n]*brew install[^\n]*\.$/);
});
