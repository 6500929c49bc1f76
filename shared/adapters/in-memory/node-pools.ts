import { NotFoundError, ResourceBusyError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { NodePool, NodePoolChange, NodePools } from '../../ports/node-pools.ts';
import type { Operation } from '../../ports/operation.ts';

export interface InMemoryNodePoolsOptions {
  readonly clock: Clock;
  /** How long a write goes on after its answer, in milliseconds; 0 or absent: it has ended with its answer. */
  readonly durationMs?: number;
  /** How long nodes take that an autoscaler orders, from the end of the write, in milliseconds; 0 if absent. */
  readonly nodesMs?: number;
}

/** What is said of a pool; who writes it follows from the writes. */
export type SeededPool = Omit<NodePool, 'isTerminal'>;

/** Something that goes wrong once, with the next call of its kind. */
export interface InMemoryNodePoolsFault {
  readonly on: 'read' | 'begin' | 'poll';
  /** The call is refused and changes nothing. */
  readonly error?: Error;
  /** The answer to `begin` is lost, whose write took effect or did not. */
  readonly lost?: 'applied' | 'not-applied';
  /** Somebody else changes the pool after `begin` has read it, and before it writes. */
  readonly faster?: Partial<Omit<SeededPool, 'id'>>;
  /** The write that `poll` asks after ends in another way than by its time: it is undone, or nobody knows it any more. */
  readonly ends?: 'failed' | 'forgotten';
}

interface SentWrite {
  readonly id: number;
  readonly pool: string;
  /** Least number of nodes that stood there before. */
  readonly before: number;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  state: 'running' | 'succeeded' | 'failed' | 'forgotten';
}

/** NodePools in memory, with other people's hands, late nodes and what goes wrong. What it knows outlives no process. */
export class InMemoryNodePools implements NodePools {
  readonly #options: InMemoryNodePoolsOptions;
  readonly #clusters = new Set<string>();
  readonly #pools = new Map<string, SeededPool>();
  /** When nodes come that were ordered, in milliseconds since 1970, by id of the pool. */
  readonly #ordered = new Map<string, number>();
  readonly #operations: SentWrite[] = [];
  #faults: InMemoryNodePoolsFault[] = [];
  /** Writes that were accepted, oldest first; ids in lower case. */
  readonly accepted: { readonly pool: string; readonly change: NodePoolChange }[] = [];

  constructor(options: InMemoryNodePoolsOptions) {
    this.#options = options;
  }

  /** Puts a cluster there as if it had always been. */
  seed(cluster: string, pools: readonly SeededPool[]): void {
    this.#clusters.add(cluster.toLowerCase());
    for (const pool of pools) {
      const id = pool.id.toLowerCase();
      this.#pools.set(id, { ...pool, id });
    }
  }

  /** Somebody else changes a pool, at once. */
  change(pool: string, change: Partial<Omit<SeededPool, 'id'>>): void {
    const found = this.#find(pool);
    this.#pools.set(found.id, { ...found, ...change });
  }

  /** The next call that it is about meets the fault. */
  fail(fault: InMemoryNodePoolsFault): void {
    this.#faults.push(fault);
  }

  async read(cluster: string): Promise<readonly NodePool[]> {
    await Promise.resolve();
    this.#refuse('read');
    this.#settle();
    const id = cluster.toLowerCase();
    if (!this.#clusters.has(id)) {
      throw new NotFoundError(`cluster ${cluster} does not exist`);
    }
    return [...this.#pools.values()]
      .filter((pool) => pool.id.startsWith(`${id}/`))
      .map((pool): NodePool => ({ ...pool, isTerminal: !this.#isBusy(pool.id) }));
  }

  async begin(pool: string, change: NodePoolChange): Promise<Operation> {
    await Promise.resolve();
    this.#refuse('begin');
    this.#settle();
    const { id, autoscaler } = this.#find(pool);
    const lost = this.#meet('begin', 'lost')?.lost;
    if (lost === 'not-applied') {
      return { status: 'unknown', detail: 'no answer' };
    }
    const faster = this.#meet('begin', 'faster')?.faster;
    if (faster !== undefined) {
      this.change(id, faster);
    }
    if (faster !== undefined || this.#isBusy(id)) {
      throw new ResourceBusyError('write node pool: busy with another write');
    }
    assertAllowed(autoscaler, change);
    const operation = this.#accept(id, autoscaler, change);
    return lost === 'applied' ? { status: 'unknown', detail: 'no answer' } : tell(operation);
  }

  async poll(_pool: string, state: string): Promise<Operation> {
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
      this.#setLeast(operation.pool, operation.before);
    }
    return tell(operation);
  }

  #accept(pool: string, { min }: Autoscaler, change: NodePoolChange): SentWrite {
    const { clock, durationMs = 0, nodesMs = 0 } = this.#options;
    const endsAt = clock.now().getTime() + durationMs;
    const operation: SentWrite = { id: this.#operations.length + 1, pool, before: min, endsAt, state: 'running' };
    this.#operations.push(operation);
    this.accepted.push({ pool, change });
    this.#setLeast(pool, change.minCount, endsAt + nodesMs);
    this.#settle();
    return operation;
  }

  /** Sets the least number of nodes; those that are missing are ordered, or no longer wanted. */
  #setLeast(pool: string, min: number, dueAt = 0): void {
    const found = this.#find(pool);
    if (found.autoscaler !== undefined) {
      this.#pools.set(found.id, { ...found, autoscaler: { ...found.autoscaler, min } });
    }
    if (found.count < min) {
      this.#ordered.set(found.id, this.#ordered.get(found.id) ?? dueAt);
    } else {
      this.#ordered.delete(found.id);
    }
  }

  /** Ends the writes that are due, and lets the nodes come that are. */
  #settle(): void {
    const now = this.#options.clock.now().getTime();
    for (const operation of this.#operations) {
      if (operation.state === 'running' && operation.endsAt <= now) {
        operation.state = 'succeeded';
      }
    }
    for (const [id] of [...this.#ordered].filter(([, dueAt]) => dueAt <= now)) {
      const { count, autoscaler } = this.#find(id);
      this.change(id, { count: Math.max(count, autoscaler?.min ?? 0) });
      this.#ordered.delete(id);
    }
  }

  #isBusy(pool: string): boolean {
    return this.#operations.some((operation) => operation.pool === pool && operation.state === 'running');
  }

  #find(pool: string): SeededPool {
    const found = this.#pools.get(pool.toLowerCase());
    if (found === undefined) {
      throw new NotFoundError(`${pool} does not exist`);
    }
    return found;
  }

  #refuse(call: InMemoryNodePoolsFault['on']): void {
    const error = this.#meet(call, 'error')?.error;
    if (error !== undefined) {
      throw error;
    }
  }

  #meet(
    call: InMemoryNodePoolsFault['on'],
    how: 'error' | 'lost' | 'faster' | 'ends',
  ): InMemoryNodePoolsFault | undefined {
    const met = this.#faults.find((fault) => fault.on === call && fault[how] !== undefined);
    this.#faults = this.#faults.filter((fault) => fault !== met);
    return met;
  }
}

type Autoscaler = NonNullable<NodePool['autoscaler']>;

/** @throws UpstreamError as the service would. */
function assertAllowed(
  autoscaler: NodePool['autoscaler'],
  { minCount }: NodePoolChange,
): asserts autoscaler is Autoscaler {
  if (autoscaler === undefined) {
    throw new UpstreamError('write node pool', 400, { cause: new Error('the pool has no autoscaler') });
  }
  if (!Number.isInteger(minCount) || minCount < 0 || minCount > autoscaler.max) {
    throw new UpstreamError('write node pool', 400, { cause: new Error('minCount is invalid') });
  }
}

function tell({ id, state }: SentWrite): Operation {
  switch (state) {
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

/** What `poll` needs, as text. */
function textOf(operation: number): string {
  return JSON.stringify({ operation });
}
