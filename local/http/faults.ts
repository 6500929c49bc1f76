import type { Clock } from '../../shared/ports/clock.ts';

/** Something that goes wrong, for the calls that match. Without a status it is only slow. */
export interface Fault {
  readonly method?: string;
  /** A regular expression for the path, without the query. */
  readonly path: string;
  readonly latencyMs?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** The call takes effect and its answer is lost. */
  readonly applied?: boolean;
  /** How often; for ever if missing. */
  readonly times?: number;
}

interface SetFault {
  readonly fault: Fault;
  left: number;
}

/** Words a refusal as the service does. */
export type Refuse = (status: number, message: string, headers: Readonly<Record<string, string>>) => Response;

/** Delay and faults of a service, switchable while it runs, and a count of what was asked. */
export class Faults {
  /** Added to each API call, in milliseconds. */
  latencyMs = 0;
  #set: SetFault[] = [];
  readonly #counts = new Map<string, number>();
  readonly #tallies = new Map<string, number>();
  readonly #refuse: Refuse;

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  add(fault: Fault): void {
    this.#set.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#set = [];
  }

  /** What is set and still to come. */
  current(): readonly Fault[] {
    return this.#set.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault));
  }

  /** Requests so far, by `METHOD /path` with ids left out. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Requests so far that share something beside their route, by its name. */
  tallies(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#tallies);
  }

  /** One more request that shares something with others: what a limit of the service counts. */
  tally(name: string): void {
    this.#tallies.set(name, (this.#tallies.get(name) ?? 0) + 1);
  }

  /** Counts the call, waits as long as was asked, and answers it or has it answered. */
  async around(
    { method, path, clock }: { readonly method: string; readonly path: string; readonly clock: Clock },
    answer: () => Promise<Response>,
  ): Promise<Response> {
    const route = `${method} ${path.replace(/(?:sha256:)?[0-9a-f]{40,64}/g, '{sha}')}`;
    this.#counts.set(route, (this.#counts.get(route) ?? 0) + 1);
    const fault = this.#meet(method, path);
    const latency = this.latencyMs + (fault?.latencyMs ?? 0);
    if (latency > 0) {
      await clock.sleep(latency);
    }
    if (fault?.status === undefined) {
      return await answer();
    }
    if (fault.applied === true) {
      await answer();
    }
    return this.#refuse(fault.status, fault.message ?? 'fault', fault.headers ?? {});
  }

  #meet(method: string, path: string): Fault | undefined {
    const met = this.#set.find(
      ({ fault }) => new RegExp(fault.path).test(path) && (fault.method ?? method).toUpperCase() === method,
    );
    if (met === undefined) {
      return undefined;
    }
    met.left -= 1;
    this.#set = this.#set.filter(({ left }) => left > 0);
    return met.fault;
  }
}
