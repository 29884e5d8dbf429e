import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CallOutcome } from './observed-calls.ts';
import { callTracing } from './tracing.ts';

/**
 * Makes a subsegment of each command that a client sends, `table.putItem`, where functions are traced: for those who
 * write the table, or scan it, and so have no {@link TableReader} that could be observed.
 *
 * @returns the client
 */
export async function traceCommands(client: DynamoDBClient): Promise<DynamoDBClient> {
  const trace = await callTracing();
  if (trace === undefined) return client;
  client.middlewareStack.add(
    (next, { commandName = 'unknown' }) =>
      async (args) => {
        const call = { target: 'table', operation: operationOf(commandName), keys: undefined };
        const answer = await trace(call, () => unlessRefused(next(args)), outcomeOf);
        if ('refusal' in answer) throw answer.refusal;
        return answer;
      },
    { step: 'initialize', name: 'callTracing' },
  );
  return client;
}

/** `PutItemCommand` is the SDK's name of `putItem`. */
const operationOf = (command: string): string =>
  `${command.charAt(0).toLowerCase()}${command.slice(1).replace(/Command$/, '')}`;

/** That a condition did not hold is an answer: the call has not failed. */
async function unlessRefused<Answer>(sent: Promise<Answer>): Promise<Answer | { readonly refusal: Error }> {
  try {
    return await sent;
  } catch (error) {
    if (error instanceof Error && REFUSALS.has(error.name)) return { refusal: error };
    throw error;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['ConditionalCheckFailedException', 'TransactionCanceledException']);

function outcomeOf(answer: { readonly output: object } | { readonly refusal: Error }): CallOutcome {
  if ('refusal' in answer) return 'refused';
  const { output } = answer;
  if ('Items' in output) return Array.isArray(output.Items) && output.Items.length > 0 ? 'found' : 'nothing';
  return 'Responses' in output || 'Item' in output ? 'found' : 'written';
}
