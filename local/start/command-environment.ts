import type { Stack } from './stack.ts';

/** The environment variables with which the command line, in another terminal, works on a stack that runs. */
export function commandEnvironment({
  template,
  functions,
}: Pick<Stack, 'template' | 'functions'>): Record<string, string> {
  // Audit has what the command line needs: it compares the cache with the table.
  const audit = template.functions.find(({ bundle }) => bundle === 'audit');
  const variables = audit === undefined ? {} : functions.environment(audit);
  return Object.fromEntries(Object.entries(variables).filter(([name, value]) => NAMES.has(name) && value !== ''));
}

/** The same as commands for a shell: what AWS's clients read, and what is ours. */
export function exportLines(environment: Readonly<Record<string, string>>): string[] {
  const assignments = Object.entries(environment)
    // Whoever gave a URL with a password knows it; it is not for a screen.
    .filter(([name, value]) => name !== 'REDIS_URL' || !value.includes('@'))
    .map(([name, value]) => `${name}=${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`);
  const ofAws = assignments.filter((assignment) => assignment.startsWith('AWS_'));
  const ours = assignments.filter((assignment) => !assignment.startsWith('AWS_'));
  return [ours, ofAws].filter((group) => group.length > 0).map((group) => `export ${group.join(' ')}`);
}

const NAMES = new Set([
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_DYNAMODB_STREAMS',
  'AWS_ENDPOINT_URL_SQS',
  'TABLE_NAME',
  'CACHE_STORE',
  'CACHE_NAME',
  'CACHE_NAMESPACE',
  'MOMENTO_ENDPOINT',
  'REDIS_URL',
]);
