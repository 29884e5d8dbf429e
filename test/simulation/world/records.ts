import type { CollectionHistory } from '../oracle/collection-history.ts';
import type { Content, ItemHistory } from '../oracle/item-history.ts';
import type { SimulatedEntity } from './map.ts';

/** One item of the table, with all that is known of it. */
export interface Subject {
  readonly entity: SimulatedEntity;
  readonly id: string;
  readonly pk: string;
  readonly history: ItemHistory;
  item: StoredItem | undefined;
  /** What it was before its last write, and when that was: what an eventually consistent read may still return. */
  before: StoredItem | undefined;
  writtenAt: number;
  image: Image | undefined;
}

/** An item as the reader gets it. */
export interface StoredItem {
  readonly PK: string;
  /** What readers see. */
  readonly p: Content;
  /** The version that `versionBy` names: the number of writes of the item. */
  readonly version: number;
  readonly group: string;
  readonly [attribute: string]: string | number;
}

/** The same as Lambda delivers it. */
export type Image = { readonly [attribute: string]: { readonly S: string } | { readonly N: string } };

export type View = 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';

/** A change event on its way, with what it does to the histories when it is handled. */
export interface TableRecord {
  readonly subject: Subject;
  /** State of the item that this event made. */
  readonly ordinal: number;
  readonly sequence: string;
  readonly results: readonly { readonly history: CollectionHistory; readonly ordinal: number }[];
  /** What Lambda delivers. */
  readonly event: LambdaRecord;
}

export interface LambdaRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly Keys: Image;
    readonly NewImage?: Image;
    readonly OldImage?: Image;
    readonly SequenceNumber: string;
    readonly ApproximateCreationDateTime: number;
    readonly StreamViewType: View;
  };
}

export function imageOf(item: StoredItem): Image {
  return {
    PK: { S: item.PK },
    p: { N: String(item.p) },
    version: { N: String(item.version) },
    group: { S: item.group },
  };
}
