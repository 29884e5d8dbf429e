import { Logger } from '@aws-lambda-powertools/logger';

/**
 * Structured logs, by Powertools' own variables: `POWERTOOLS_LOG_LEVEL`, `POWERTOOLS_SERVICE_NAME`, and
 * `POWERTOOLS_LOGGER_SAMPLE_RATE`, the share of the invocations that are logged at `DEBUG`.
 */
export const logger = new Logger();
