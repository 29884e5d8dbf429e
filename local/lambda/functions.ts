import { sourceOf } from '../template/source.ts';
import type { FunctionDefinition, ResourceValues, Template } from '../template/template.ts';
import { createFunctionHost, type FunctionHost, type FunctionListeners } from './host.ts';

/** The functions of the template, ready to be invoked. */
export interface LocalFunctions {
  /** The environment variables that a function runs with. */
  environment(definition: FunctionDefinition): Record<string, string>;
  /** @throws {FunctionFailed} */
  invoke(definition: FunctionDefinition, event: unknown): Promise<unknown>;
  /** Ends the thread of a function where it stands; the next invocation starts another. */
  kill(definition: FunctionDefinition): Promise<void>;
  close(): Promise<void>;
}

export interface LocalFunctionsOptions extends FunctionListeners {
  readonly template: Template;
  readonly resources: ResourceValues;
  /** What a function has on this machine beside its own variables: where the emulators are. */
  readonly machine: Readonly<Record<string, string>>;
}

/**
 * Runs the functions of template.yaml from their sources. Those with the same environment variables share a thread,
 * which is to say: what reads the cache and what does not are apart, as they are in the cloud.
 */
export function createLocalFunctions(options: LocalFunctionsOptions): LocalFunctions {
  const { template, resources, machine } = options;
  const hosts = new Map<string, FunctionHost>();

  // The machine's come last: they stand for values that only a deployment has, such as an endpoint of Momento's.
  const environmentOf = (definition: FunctionDefinition): Record<string, string> => ({
    ...template.environment(definition, resources),
    ...machine,
  });
  const hostOf = (definition: FunctionDefinition): FunctionHost => {
    const environment = environmentOf(definition);
    const key = JSON.stringify(environment);
    const host = hosts.get(key) ?? createFunctionHost(environment, options);
    hosts.set(key, host);
    return host;
  };

  return {
    environment: environmentOf,
    async invoke(definition, event) {
      const { bundle, timeout, memoryMegabytes } = definition;
      return hostOf(definition).invoke({ name: bundle, module: sourceOf(bundle), timeout, memoryMegabytes }, event);
    },
    kill: (definition) => hostOf(definition).kill(),
    async close() {
      await Promise.all([...hosts.values()].map((host) => host.kill()));
    },
  };
}
