/* Import this before a function: what its environment variables would say, with a cache in memory and quiet logs unless a test wants them. */

Object.assign(process.env, {
  TABLE_NAME: 'sample',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  CACHE_STORE: 'memory',
  POWERTOOLS_LOG_LEVEL: process.env.POWERTOOLS_LOG_LEVEL ?? 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
});
