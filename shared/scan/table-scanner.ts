import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { attributesFrom, itemFromAttributes } from '../entry/item.ts';
import { decodeCursor, encodeCursor } from '../read/cursor.ts';
import type { TablePage } from '../read/table.ts';

/** Which part of a table a scan reads: the parts are disjoint, and together they are the table. */
export interface Segment {
  /** From 0. */
  readonly index: number;
  readonly total: number;
}

/** The whole table, a page at a time. */
export interface TableScanner {
  /**
   * One consistent page: it shows every write that had completed when it was asked for.
   *
   * @param cursor of the segment's page before; `undefined` for its first
   * @returns the page, without a cursor where the segment ends
   * @throws {InvalidCursorError} for a cursor that no page gave
   */
  page(segment: Segment, cursor: string | undefined): Promise<TablePage>;
}

/**
 * Scans a table over the AWS SDK.
 *
 * @param onReadUnits hears of the read units that each page consumed
 */
export function createTableScanner(
  client: DynamoDBClient,
  tableName: string,
  onReadUnits: (units: number) => void,
): TableScanner {
  return {
    async page({ index, total }, cursor) {
      const answer = await client.send(
        new ScanCommand({
          TableName: tableName,
          ConsistentRead: true,
          Segment: index,
          TotalSegments: total,
          Limit: PAGE_ITEMS,
          ReturnConsumedCapacity: 'TOTAL',
          ...(cursor !== undefined && { ExclusiveStartKey: attributesFrom(decodeCursor(cursor)) }),
        }),
      );
      const { Items: items = [], LastEvaluatedKey: last, ConsumedCapacity: consumed } = answer;
      onReadUnits(consumed?.CapacityUnits ?? 0);
      return {
        items: items.map(itemFromAttributes),
        cursor: last === undefined ? undefined : encodeCursor(itemFromAttributes(last)),
      };
    },
  };
}

/**
 * Items to a page. Few enough that each is dealt with well within the write deadline, and that a page takes but a moment
 * of the read budget; DynamoDB's own limit is a megabyte.
 */
const PAGE_ITEMS = 250;
