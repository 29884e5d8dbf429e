/** A shard of a stream, as `DescribeStream` tells of it. */
export interface Shard {
  readonly id: string;
  /** The shard that it follows, which may be gone already. */
  readonly parentId: string | undefined;
  /** Whether no more records are written to it. */
  readonly isClosed: boolean;
}

/**
 * The shards that may be read now: those whose parent is read to its end, or is gone. An item's records can be in a
 * shard and in its child, and must be handled in this order.
 *
 * @param started ids of the shards whose reading has begun
 * @param finished ids of the shards that are read to their end
 */
export function readableShards(
  shards: readonly Shard[],
  started: ReadonlySet<string>,
  finished: ReadonlySet<string>,
): Shard[] {
  const listed = new Set(shards.map(({ id }) => id));
  return shards.filter(({ id, parentId }) => {
    if (started.has(id)) return false;
    return parentId === undefined || finished.has(parentId) || !listed.has(parentId);
  });
}
