import { attributesFrom, type Item } from '../../shared/entry/item.ts';

/** A change as a test describes it. */
export interface RecordOptions {
  readonly type: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly key: { readonly [attribute: string]: string };
  readonly newImage?: Item | undefined;
  readonly oldImage?: Item | undefined;
  readonly sequence: string | number;
  /** Epoch milliseconds; the record carries the second, as DynamoDB does. */
  readonly createdAt: number;
  readonly label?: string;
}

export const STREAM_LABEL = '2026-11-20T10:00:00.000';

export const streamArn = (label = STREAM_LABEL): string =>
  `arn:aws:dynamodb:eu-central-1:123456789012:table/app/stream/${label}`;

/** A stream record as Lambda delivers it. Images without binaries only: those are base64 text in an event. */
export function lambdaRecord({ type, key, newImage, oldImage, sequence, createdAt, label }: RecordOptions) {
  return {
    eventID: `event-${sequence}`,
    eventName: type,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(createdAt / 1_000),
      Keys: attributesFrom(key),
      ...(newImage && { NewImage: attributesFrom(newImage) }),
      ...(oldImage && { OldImage: attributesFrom(oldImage) }),
      SequenceNumber: String(sequence),
      SizeBytes: 100,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    eventSourceARN: streamArn(label),
  };
}
