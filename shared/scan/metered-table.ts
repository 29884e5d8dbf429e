import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTableReader, type TableReader } from '../read/table.ts';
import { createReadBudget, type ReadBudget } from './read-budget.ts';
import { createTableScanner, type TableScanner } from './table-scanner.ts';

/** A table whose reads are taken off one budget. To wait for the budget is left to whoever reads. */
export interface MeteredTable {
  readonly scanner: TableScanner;
  /** Its `getMany` is metered. */
  readonly table: TableReader;
  readonly budget: ReadBudget;
}

/** @param unitsPerSecond read units that may be consumed a second; a strongly consistent read takes one for each 4 KB */
export function meteredTable(client: DynamoDBClient, tableName: string, unitsPerSecond: number): MeteredTable {
  const budget = createReadBudget({ unitsPerSecond });
  return {
    scanner: createTableScanner(client, tableName, budget.spend),
    table: createTableReader(client, tableName, budget.spend),
    budget,
  };
}
