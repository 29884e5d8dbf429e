/** Configuration is missing or wrong. The message is one sentence that names the variable and says what to set. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
