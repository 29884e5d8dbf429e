import { ConfigurationError } from './configuration-error.ts';

/**
 * Insists on the table's name. A module of its own, for functions that have no cache: they must neither load its code
 * nor fail for the want of its configuration.
 *
 * @param tableName value of `TABLE_NAME`
 * @throws {ConfigurationError} when there is none
 */
export function requireTableName(tableName: string | undefined): string {
  // A variable that a template sets to nothing is a variable that is not set.
  if (tableName !== undefined && tableName !== '') return tableName;
  throw new ConfigurationError('TABLE_NAME is missing: set it to the name or ARN of the DynamoDB table.');
}
