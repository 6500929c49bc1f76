import { NotFoundError, ResourceBusyError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  EdgeControl,
  EdgeOperation,
  EdgeRouting,
  EdgeState,
  OriginChange,
  OriginState,
} from '../../ports/edge-control.ts';

export interface InMemoryEdgeOptions {
  readonly clock: Clock;
  /** How long a write goes on after its answer, in milliseconds; 0 or absent: it has ended with its answer. */
  readonly durationMs?: number;
  /** A second write of a profile waits for the first (`queue`, if absent), or is refused. */
  readonly overlap?: 'queue' | 'conflict';
}

/** Something that goes wrong once, with the next call of its kind. */
export interface InMemoryEdgeFault {
  readonly on: 'read' | 'begin' | 'poll';
  /** The call is refused and changes nothing. */
  readonly error?: Error;
  /** The answer to `begin` is lost, whose write took effect or did not. */
  readonly lost?: 'applied' | 'not-applied';
  /** The write that `poll` asks after ends in another way than by its time: it is undone, or nobody knows it any more. */
  readonly ends?: 'failed' | 'forgotten';
}

interface Operation {
  readonly id: number;
  readonly origin: string;
  readonly channel: string;
  readonly change: OriginChange;
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** What stood there when it began to run. */
  before?: OriginChange;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'forgotten';
}

type Origin = Omit<OriginState, 'terminal'>;

/** Azure's range; the ratio alone counts. */
const [MIN_WEIGHT, MAX_WEIGHT] = [1, 1000];

/** EdgeControl in memory, with other people's hands and what goes wrong. What it knows outlives no process. */
export class InMemoryEdgeControl implements EdgeControl {
  readonly #options: InMemoryEdgeOptions;
  readonly #routing = new Map<string, EdgeRouting>();
  readonly #origins = new Map<string, Origin>();
  readonly #operations: Operation[] = [];
  #faults: InMemoryEdgeFault[] = [];
  /** Writes that were accepted, oldest first; ids in lower case. */
  readonly accepted: { readonly origin: string; readonly change: OriginChange }[] = [];

  constructor(options: InMemoryEdgeOptions) {
    this.#options = options;
  }

  /** Puts an edge there as if it had always been. Origins belong to the edge whose id theirs begins with. */
  seed(
    edge: string,
    { routing, origins }: { readonly routing: EdgeRouting; readonly origins: readonly Origin[] },
  ): void {
    this.#routing.set(edge.toLowerCase(), routing);
    for (const origin of origins) {
      const id = origin.id.toLowerCase();
      this.#origins.set(id, { ...origin, id });
    }
  }

  /** Somebody else changes an origin, at once. */
  change(origin: string, change: OriginChange): void {
    this.#set(this.#find(origin).id, change);
  }

  /** The next call that it is about meets the fault. */
  fail(fault: InMemoryEdgeFault): void {
    this.#faults.push(fault);
  }

  async read(edge: string): Promise<EdgeState> {
    await Promise.resolve();
    this.#refuse('read');
    this.#settle();
    const id = edge.toLowerCase();
    const routing = this.#routing.get(id);
    if (routing === undefined) {
      throw new NotFoundError(`edge ${edge} does not exist`);
    }
    const origins = [...this.#origins.values()].filter((origin) => origin.id.startsWith(`${id}/`));
    const open = new Set(this.#open().map(({ origin }) => origin));
    return { routing, origins: origins.map((origin) => ({ ...origin, terminal: !open.has(origin.id) })) };
  }

  async begin(origin: string, change: OriginChange): Promise<EdgeOperation> {
    await Promise.resolve();
    this.#refuse('begin');
    this.#settle();
    const found = this.#find(origin);
    const lost = this.#meet('begin', 'lost')?.lost;
    if (lost === 'not-applied') {
      return { status: 'unknown', detail: 'no answer' };
    }
    this.#assertAllowed(found, change);
    const operation = this.#accept(found, change);
    if (lost === 'applied') {
      return { status: 'unknown', detail: 'no answer' };
    }
    return this.#tell(operation);
  }

  async poll(_origin: string, state: string): Promise<EdgeOperation> {
    await Promise.resolve();
    this.#refuse('poll');
    this.#settle();
    const operation = this.#operations.find(({ id }) => state === textOf(id));
    const ends = this.#meet('poll', 'ends')?.ends;
    if (operation === undefined) {
      return { status: 'unknown', detail: 'the state names no operation' };
    }
    if (ends !== undefined) {
      operation.state = ends;
      this.#set(operation.origin, operation.before ?? {});
    }
    return this.#tell(operation);
  }

  #assertAllowed(origin: Origin, change: OriginChange): void {
    if ('weight' in change) {
      const { weight } = change;
      if (!Number.isInteger(weight) || weight < MIN_WEIGHT || weight > MAX_WEIGHT) {
        throw new UpstreamError('write origin', 400, { cause: new Error('Weight must be a whole number') });
      }
      return;
    }
    const edge = this.#edgeOf(origin.id);
    const others = [...this.#origins.values()].filter(({ id }) => id !== origin.id && this.#edgeOf(id) === edge);
    const isFrontDoor = this.#routing.get(edge)?.method === 'latency-then-weight';
    if (isFrontDoor && !change.enabled && origin.enabled && others.every(({ enabled }) => !enabled)) {
      const cause = new Error('Endpoint pools must contain at least one enabled endpoint');
      throw new UpstreamError('write origin', 400, { cause });
    }
  }

  #accept({ id: origin }: Origin, change: OriginChange): Operation {
    const { clock, durationMs = 0, overlap = 'queue' } = this.#options;
    // Front Door's writes go one after another in a whole profile, not in a group alone.
    const channel = this.#edgeOf(origin).replace(/\/origingroups\/[^/]+$/, '');
    const ahead = this.#open().filter((operation) => operation.channel === channel);
    if (overlap === 'conflict' && ahead.length > 0) {
      throw new ResourceBusyError('write origin: busy with another write');
    }
    const now = clock.now().getTime();
    const startsAt = Math.max(now, ...ahead.map(({ endsAt }) => endsAt));
    const id = this.#operations.length + 1;
    const operation: Operation = {
      id,
      origin,
      channel,
      change,
      startsAt,
      endsAt: startsAt + durationMs,
      state: 'queued',
    };
    this.#operations.push(operation);
    this.accepted.push({ origin, change });
    this.#settle();
    return operation;
  }

  /** Starts and ends whatever is due. */
  #settle(): void {
    const now = this.#options.clock.now().getTime();
    for (const operation of this.#open()) {
      if (operation.state === 'queued' && operation.startsAt <= now) {
        const { enabled, weight } = this.#find(operation.origin);
        operation.before = 'weight' in operation.change ? { weight } : { enabled };
        operation.state = 'running';
        this.#set(operation.origin, operation.change);
      }
      if (operation.state === 'running' && operation.endsAt <= now) {
        operation.state = 'succeeded';
      }
    }
  }

  #tell({ id, state }: Operation): EdgeOperation {
    switch (state) {
      case 'queued':
      case 'running':
        return { status: 'running', state: textOf(id) };
      case 'succeeded':
        return { status: 'succeeded' };
      case 'failed':
        return { status: 'failed', detail: 'the operation failed' };
      case 'forgotten':
        return { status: 'unknown', detail: 'the operation is no longer known' };
    }
  }

  #open(): readonly Operation[] {
    return this.#operations.filter(({ state }) => state === 'queued' || state === 'running');
  }

  #find(origin: string): Origin {
    const found = this.#origins.get(origin.toLowerCase());
    if (found === undefined) {
      throw new NotFoundError(`origin ${origin} does not exist`);
    }
    return found;
  }

  #edgeOf(origin: string): string {
    return [...this.#routing.keys()].find((edge) => origin.startsWith(`${edge}/`)) ?? '';
  }

  #set(origin: string, change: Partial<Origin>): void {
    this.#origins.set(origin, { ...this.#find(origin), ...change });
  }

  #refuse(call: InMemoryEdgeFault['on']): void {
    const error = this.#meet(call, 'error')?.error;
    if (error !== undefined) {
      throw error;
    }
  }

  #meet(call: InMemoryEdgeFault['on'], how: 'error' | 'lost' | 'ends'): InMemoryEdgeFault | undefined {
    const met = this.#faults.find((fault) => fault.on === call && fault[how] !== undefined);
    this.#faults = this.#faults.filter((fault) => fault !== met);
    return met;
  }
}

/** What `poll` needs, as text. */
function textOf(operation: number): string {
  return JSON.stringify({ operation });
}
