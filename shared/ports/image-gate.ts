import type { GateAnswer, GateQuestion, ImageGates } from '../domain/trust/gates.ts';

/** Says whether an image may be written. Asked only where the image's rule has settings for it. */
export interface ImageGate {
  readonly name: keyof ImageGates;
  /** @throws ReflexError: what cannot be read is neither a pass nor a fail, and a retryable one is asked again. */
  ask(question: GateQuestion): Promise<GateAnswer>;
}
