import type { Handler } from '../http/serve.ts';

/** How one run of a function ended, as the host sees it. */
export type InvocationResult =
  | { readonly ok: true; readonly returnValue: unknown }
  | { readonly ok: false; readonly message: string; readonly stack: string };

/** The Durable extension as the host knows it. */
export interface DurableExtension {
  start(
    run: (
      functionName: string,
      kind: 'orchestration' | 'activity',
      payload: string | undefined,
    ) => Promise<InvocationResult>,
  ): Promise<void>;
  stop(): Promise<void>;
  /** Answers /runtime/webhooks/durabletask/** and /durabletask/**. */
  handle: Handler;
  /** The durableClient binding's data, as JSON text. */
  clientBinding(origin: string): string;
}
