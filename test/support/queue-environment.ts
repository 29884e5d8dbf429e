/* Import this before a function of a queue, for its effect: the environment, with logs and metrics on the global console. */
import { AUDIT_QUEUE, QUARANTINE_QUEUE } from './queue-messages.ts';

Object.assign(process.env, {
  TABLE_NAME: 'sample',
  AWS_REGION: 'eu-central-1',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  CACHE_STORE: 'memory',
  CACHE_NAMESPACE: 'test',
  AUDIT_QUEUE_URL: AUDIT_QUEUE,
  AUDIT_SHARE: '1',
  QUARANTINE_QUEUE_URL: QUARANTINE_QUEUE,
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'false',
  POWERTOOLS_METRICS_NAMESPACE: 'Test',
  POWERTOOLS_SERVICE_NAME: 'test',
});
