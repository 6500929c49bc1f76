import type { JsonObject } from '../../shared/domain/json.ts';

/**
 * What the control plane does with calls that match.
 *
 * `on` is a verb and the end of a resource id, `PATCH origins/westus3`; `*` for either stands for any. Beside HTTP's
 * verbs there are `LRO` (questions after an operation that writes the resource) and `FINALGET` (the read after it has
 * succeeded).
 */
export interface ArmFault {
  readonly on: string;
  /** The answer instead of the real one. 202 for a write: accepted, and of its headers only these are there. */
  readonly status?: number;
  /** JSON, or text that a gateway in between answers as HTML. */
  readonly body?: JsonObject | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How often; 1 if absent. Limits, durations, queues and what is lacking always hold. */
  readonly times?: number;
  /** The first matching call is spared. */
  readonly afterFirst?: boolean;
  /** The write takes effect although its answer is lost or bad. */
  readonly applied?: boolean;
  /** How long an operation takes, in seconds. */
  readonly lroSec?: number;
  /** Operations wait for each other. */
  readonly serial?: boolean;
  /** Calls in `windowSec` seconds; more are throttled. */
  readonly limit?: number;
  readonly windowSec?: number;
  /** What the resource says after the operation. */
  readonly provisioningState?: string;
  /**
   * An action that the caller may no longer do, `*` for any text: on what `on` names and all below it. Its verb does not
   * count.
   */
  readonly lacks?: string;
}

const WINDOW_SEC = 60;

interface Held {
  readonly fault: ArmFault;
  left: number;
  isSpared: boolean;
  /** Times of calls within the window, in milliseconds since 1970. */
  calls: number[];
}

/** Faults that were asked for, each with how often it still comes. */
export class ArmFaults {
  #held: Held[] = [];

  set(faults: readonly ArmFault[]): void {
    this.#held = faults.map((fault) => ({ fault, left: fault.times ?? 1, isSpared: false, calls: [] }));
  }

  add(fault: ArmFault): void {
    this.#held.push({ fault, left: fault.times ?? 1, isSpared: false, calls: [] });
  }

  clear(): void {
    this.#held = [];
  }

  /** What is set and still to come. */
  current(): readonly ArmFault[] {
    return this.#held.flatMap(({ fault, left }) => {
      if (!isOneTime(fault)) {
        return [fault];
      }
      return left > 0 ? [{ ...fault, times: left }] : [];
    });
  }

  /** The fault that this call meets, and that is used up by it. */
  meet(verb: string, id: string): ArmFault | undefined {
    const met = this.#held.find(({ fault, left }) => left > 0 && isOneTime(fault) && matches(fault, verb, id));
    if (met === undefined) {
      return undefined;
    }
    if (met.fault.afterFirst === true && !met.isSpared) {
      met.isSpared = true;
      return undefined;
    }
    met.left -= 1;
    return met.fault;
  }

  /** Seconds until a call is let through; 0 if it is now, and is counted. */
  throttle(verb: string, id: string, now: number): number {
    const limits = this.#held.filter(({ fault }) => fault.limit !== undefined && matches(fault, verb, id));
    const waits = limits.map((held) => {
      const windowMs = (held.fault.windowSec ?? WINDOW_SEC) * 1000;
      held.calls = held.calls.filter((at) => at > now - windowMs);
      const [oldest = now] = held.calls;
      return held.calls.length < (held.fault.limit ?? 0) ? 0 : Math.ceil((oldest + windowMs - now) / 1000);
    });
    const wait = Math.max(0, ...waits);
    if (wait === 0) {
      limits.forEach(({ calls }) => void calls.push(now));
    }
    return wait;
  }

  /** The tightest limit on a call, and how many more calls it lets through now. */
  limitOn(
    verb: string,
    id: string,
  ): { readonly limit: number; readonly windowSec: number; readonly left: number } | undefined {
    return this.#held
      .filter(({ fault }) => matches(fault, verb, id))
      .flatMap(({ fault: { limit, windowSec = WINDOW_SEC }, calls }) =>
        limit === undefined ? [] : [{ limit, windowSec, left: Math.max(0, limit - calls.length) }],
      )
      .toSorted((a, b) => a.left - b.left)[0];
  }

  /** Actions that were taken away from the caller on a resource, or above it. */
  lacking(id: string): readonly string[] {
    return this.#held.flatMap(({ fault: { on, lacks } }) => {
      const [, resource = '*'] = on.trim().split(/\s+/);
      const isOnIt = resource === '*' || `${id}/`.toLowerCase().includes(`/${resource.toLowerCase()}/`);
      return lacks !== undefined && isOnIt ? [lacks] : [];
    });
  }

  /** How operations on a resource go: duration in seconds, and whether they queue. */
  pace(verb: string, id: string): { readonly lroSec?: number; readonly serial?: boolean } {
    const paced = this.#held.find(
      ({ fault }) => (fault.lroSec !== undefined || fault.serial !== undefined) && matches(fault, verb, id),
    )?.fault;
    return {
      ...(paced?.lroSec === undefined ? {} : { lroSec: paced.lroSec }),
      ...(paced?.serial === undefined ? {} : { serial: paced.serial }),
    };
  }
}

function isOneTime({ status, provisioningState, body, limit }: ArmFault): boolean {
  return limit === undefined && (status !== undefined || provisioningState !== undefined || body !== undefined);
}

function matches({ on }: ArmFault, verb: string, id: string): boolean {
  const [wanted = '*', resource = '*'] = on.trim().split(/\s+/);
  const isVerb = wanted === '*' || wanted.toUpperCase() === verb;
  return isVerb && (resource === '*' || id.toLowerCase().endsWith(`/${resource.toLowerCase()}`));
}
