import type { Clock } from '../../shared/ports/clock.ts';
import { failure } from './answer.ts';

/** An answer in the place of the real one. */
export interface Fault {
  readonly method?: string;
  readonly path: RegExp;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** How often; 1 if missing. */
  readonly times?: number;
}

/** Delay and faults, switchable while the service runs. */
export class Faults {
  /** Added to each API call, in milliseconds. */
  latencyMs = 0;
  #faults: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Waits as long as was asked; answers if a fault meets this call. */
  async meet(method: string, path: string, clock: Clock): Promise<Response | undefined> {
    if (this.latencyMs > 0) {
      await clock.sleep(this.latencyMs);
    }
    const met = this.#faults.find(
      ({ fault, left }) => left > 0 && fault.path.test(path) && (fault.method ?? method) === method,
    );
    if (met === undefined) {
      return undefined;
    }
    met.left -= 1;
    const { status, message = 'fault', headers = {} } = met.fault;
    return failure(status, message, headers);
  }
}
