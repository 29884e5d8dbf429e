import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

const $metadata = {};

/** DynamoDB's refusal of a conditional write. @param found the item as it is; `undefined` where there is none */
export const conditionFailed = (found?: object) =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata,
    ...(found && { Item: marshall(found) }),
  });

/** DynamoDB's refusal of a transaction, with one reason a step: `'None'` for a step that was not at fault. */
export const transactionCancelled = (...codes: (string | { readonly found: object })[]) =>
  new TransactionCanceledException({
    message: 'Transaction cancelled, please refer cancellation reasons for specific reasons',
    $metadata,
    CancellationReasons: codes.map(
      (code): CancellationReason =>
        typeof code === 'string' ? { Code: code } : { Code: 'ConditionalCheckFailed', Item: marshall(code.found) },
    ),
  });
