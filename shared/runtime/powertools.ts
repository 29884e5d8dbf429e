import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** The namespace of the metrics where `POWERTOOLS_METRICS_NAMESPACE` sets none. */
const METRICS_NAMESPACE = 'DynamoCacheSync';

/** Structured logs, by Powertools' own variables (`POWERTOOLS_LOG_LEVEL`, `POWERTOOLS_SERVICE_NAME`). */
export const logger = new Logger();

/** Metrics in the embedded metric format, by Powertools' own variables. */
export const metrics = new Metrics({ namespace: process.env.POWERTOOLS_METRICS_NAMESPACE || METRICS_NAMESPACE });
