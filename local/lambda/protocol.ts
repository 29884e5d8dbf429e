/** What the host tells a worker: call a module's handler. */
export interface Invocation {
  readonly id: number;
  /** Absolute path of the function's module. */
  readonly module: string;
  /** The event as JSON text: as on its way to a real function, what is not JSON does not arrive. */
  readonly event: string;
  readonly functionName: string;
  readonly memoryMegabytes: number;
  /** When the invocation is over, epoch milliseconds. */
  readonly deadline: number;
}

/** What a worker answers: the handler's answer as JSON text, or what it threw. */
export type Outcome =
  | { readonly id: number; readonly response: string | undefined }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };
