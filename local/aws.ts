/** What the AWS SDK's clients want to be told before they talk to a server on this machine. */
export interface LocalClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Client configuration for an emulator. The credentials are made up, always: a laptop's real ones must not reach a
 * server that merely answers on some port, and nothing that runs locally may end up in a real account.
 */
export function localClientConfig(endpoint: string): LocalClientConfig {
  return { endpoint, region: REGION, credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: ACCESS_KEY } };
}

/** The same as environment variables, for functions that configure their own clients. */
export function localAwsEnvironment(endpoints: { dynamodb: string; sqs: string }): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  };
}

const REGION = 'us-east-1';
const ACCESS_KEY = 'local';
