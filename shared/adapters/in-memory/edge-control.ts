import { canonicalJson, jsonOf } from '../../domain/json.ts';
import { nameIn, readTwin, type EdgeTwin, type FoundGroup, type RouteState } from '../../domain/traffic/twin.ts';
import { NotFoundError, ResourceBusyError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  EdgeControl,
  EdgeRoutes,
  EdgeRouting,
  EdgeState,
  OriginChange,
  OriginState,
  RouteChange,
} from '../../ports/edge-control.ts';
import type { Operation } from '../../ports/operation.ts';
import { assertWeight, formerOf, profileOf, type Origin, type Route } from './edge-values.ts';

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

interface SentWrite {
  readonly id: number;
  /** Id of an origin or a route. */
  readonly resource: string;
  readonly channel: string;
  readonly change: OriginChange | RouteChange;
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** What stood there when it began to run. */
  before?: Partial<Origin> | RouteChange;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'forgotten';
}

/** EdgeControl in memory, with other people's hands and what goes wrong. What it knows outlives no process. */
export class InMemoryEdgeControl implements EdgeControl, EdgeRoutes {
  readonly #options: InMemoryEdgeOptions;
  readonly #routing = new Map<string, EdgeRouting>();
  readonly #origins = new Map<string, Origin>();
  readonly #routes = new Map<string, Route>();
  readonly #operations: SentWrite[] = [];
  #faults: InMemoryEdgeFault[] = [];
  /** Writes that were accepted, oldest first; ids in lower case. */
  readonly accepted: { readonly origin: string; readonly change: OriginChange | RouteChange }[] = [];

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

  /** Puts a route there that refers to an origin group of the same profile. */
  seedRoute(route: string, originGroup: string): void {
    const id = route.toLowerCase();
    this.#routes.set(id, { id, originGroup: originGroup.toLowerCase() });
  }

  /** Somebody else changes an origin or a route, at once. */
  change(resource: string, change: OriginChange | RouteChange): void {
    this.#set(this.#find(resource).id, change);
  }

  /** The next call that it is about meets the fault. */
  fail(fault: InMemoryEdgeFault): void {
    this.#faults.push(fault);
  }

  async read(edge: string, twin?: EdgeTwin): Promise<EdgeState> {
    await Promise.resolve();
    this.#refuse('read');
    this.#settle();
    const id = edge.toLowerCase();
    const own = this.#readGroup(id);
    if (own === undefined) {
      throw new NotFoundError(`edge ${edge} does not exist`);
    }
    const { routing, origins } = own;
    if (twin === undefined) {
      return { routing, origins };
    }
    const other = this.#readGroup(twin.originGroup.toLowerCase());
    const open = this.#openIds();
    const routes = [...this.#routes.values()]
      .filter((route) => profileOf(route.id) === profileOf(id))
      .map((route): RouteState => ({ ...route, terminal: !open.has(route.id) }));
    const read = readTwin(id, twin, { own, other, routes });
    return { routing: (read.isOther ? other : own)?.routing ?? routing, origins: read.origins, twin: read.twin };
  }

  async routesTo(edge: string): Promise<readonly string[]> {
    await Promise.resolve();
    this.#refuse('read');
    const group = edge.toLowerCase();
    return [...this.#routes.values()].filter(({ originGroup }) => originGroup === group).map(({ id }) => nameIn(id));
  }

  #readGroup(group: string): (FoundGroup<OriginState> & Pick<EdgeState, 'routing'>) | undefined {
    const routing = this.#routing.get(group);
    const open = this.#openIds();
    const origins = [...this.#origins.values()]
      .filter((origin) => origin.id.startsWith(`${group}/`))
      .map((origin): OriginState => ({ ...origin, terminal: !open.has(origin.id) }));
    const ofEach = origins.map(
      ({ id, priority, hosts = [] }) => [nameIn(id), `${priority} ${hosts.join(' ')}`] as const,
    );
    return routing === undefined
      ? undefined
      : { routing, origins, settings: canonicalJson(jsonOf(routing)), settingsOf: new Map(ofEach) };
  }

  async begin(resource: string, change: OriginChange | RouteChange): Promise<Operation> {
    await Promise.resolve();
    this.#refuse('begin');
    this.#settle();
    const found = this.#find(resource);
    if ('originGroup' in change !== 'originGroup' in found) {
      throw new NotFoundError(`${resource} has nothing of the kind`);
    }
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

  async poll(_resource: string, state: string): Promise<Operation> {
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
      this.#set(operation.resource, operation.before ?? {});
    }
    return this.#tell(operation);
  }

  #assertAllowed(found: Origin | Route, change: OriginChange | RouteChange): void {
    if ('originGroup' in change) {
      if (!this.#routing.has(change.originGroup.toLowerCase())) {
        throw new UpstreamError('write origin', 400, { cause: new Error('The origin group does not exist') });
      }
      return;
    }
    assertWeight(change);
    if ('enabled' in change && 'enabled' in found) {
      this.#assertNotLast(found, change.enabled);
    }
  }

  #assertNotLast(origin: Origin, isEnabled: boolean): void {
    const edge = this.#edgeOf(origin.id);
    const others = [...this.#origins.values()].filter(({ id }) => id !== origin.id && this.#edgeOf(id) === edge);
    const isFrontDoor = this.#routing.get(edge)?.method === 'latency-then-weight';
    if (isFrontDoor && !isEnabled && origin.enabled && others.every(({ enabled }) => !enabled)) {
      const cause = new Error('Endpoint pools must contain at least one enabled endpoint');
      throw new UpstreamError('write origin', 400, { cause });
    }
  }

  #accept({ id: resource }: Origin | Route, change: OriginChange | RouteChange): SentWrite {
    const { clock, durationMs = 0, overlap = 'queue' } = this.#options;
    // Front Door's writes go one after another in a whole profile, not in a group alone.
    const channel = profileOf(resource);
    const ahead = this.#open().filter((operation) => operation.channel === channel);
    if (overlap === 'conflict' && ahead.length > 0) {
      throw new ResourceBusyError('write origin: busy with another write');
    }
    const now = clock.now().getTime();
    const startsAt = Math.max(now, ...ahead.map(({ endsAt }) => endsAt));
    const id = this.#operations.length + 1;
    const operation: SentWrite = {
      id,
      resource,
      channel,
      change,
      startsAt,
      endsAt: startsAt + durationMs,
      state: 'queued',
    };
    this.#operations.push(operation);
    this.accepted.push({ origin: resource, change });
    this.#settle();
    return operation;
  }

  /** Starts and ends whatever is due. */
  #settle(): void {
    const now = this.#options.clock.now().getTime();
    for (const operation of this.#open()) {
      if (operation.state === 'queued' && operation.startsAt <= now) {
        operation.before = formerOf(this.#find(operation.resource), operation.change);
        operation.state = 'running';
        this.#set(operation.resource, operation.change);
      }
      if (operation.state === 'running' && operation.endsAt <= now) {
        operation.state = 'succeeded';
      }
    }
  }

  #tell({ id, state }: SentWrite): Operation {
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

  #open(): readonly SentWrite[] {
    return this.#operations.filter(({ state }) => state === 'queued' || state === 'running');
  }

  #openIds(): ReadonlySet<string> {
    return new Set(this.#open().map(({ resource }) => resource));
  }

  #find(resource: string): Origin | Route {
    const id = resource.toLowerCase();
    const found = this.#origins.get(id) ?? this.#routes.get(id);
    if (found === undefined) {
      throw new NotFoundError(`${resource} does not exist`);
    }
    return found;
  }

  #edgeOf(origin: string): string {
    return [...this.#routing.keys()].find((edge) => origin.startsWith(`${edge}/`)) ?? '';
  }

  #set(id: string, change: Partial<Origin> | RouteChange): void {
    const [origin, route] = [this.#origins.get(id), this.#routes.get(id)];
    if (origin !== undefined && !('originGroup' in change)) {
      this.#origins.set(id, { ...origin, ...change });
    }
    if (route !== undefined && 'originGroup' in change) {
      this.#routes.set(id, { ...route, originGroup: change.originGroup.toLowerCase() });
    }
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
