import { NotFoundError, RateLimitedError, ResourceBusyError, UpstreamError } from '../../shared/errors.ts';
import { inGroup, readTwin, type FoundGroup, type RouteState } from '../../shared/domain/traffic/twin.ts';
import type { EdgeState, OriginChange, OriginState, RouteChange } from '../../shared/ports/edge-control.ts';
import type { Operation } from '../../shared/ports/operation.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';

/** What the next call meets. Durations in milliseconds. */
export type ArmFault =
  | { readonly on: 'read' | 'begin' | 'poll'; readonly how: 'throttled'; readonly waitMs: number }
  | { readonly on: 'read' | 'begin' | 'poll'; readonly how: 'busy' | 'server' | 'no-answer' | 'forbidden' }
  /** The write was taken, or will be a little later, and nobody hears of it. */
  | { readonly on: 'begin'; readonly how: 'lost-applied' | 'lost-dropped' }
  | { readonly on: 'begin'; readonly how: 'lost-late'; readonly lateMs: number }
  | { readonly on: 'begin'; readonly how: 'refused' }
  /** How its operation goes. `unprovisioned`: it ends with the value there and the resource `Failed`. */
  | {
      readonly on: 'begin';
      readonly how: Ill;
      readonly isApplied: boolean;
    }
  | { readonly on: 'begin'; readonly how: 'slow'; readonly takesMs: number };

/** Ends of an operation that are not what was asked for. */
type Ill = 'failed' | 'canceled' | 'vanished' | 'unprovisioned';

export type SimOrigin = Omit<OriginState, 'terminal' | 'monitor'>;

type Change = OriginChange | RouteChange;

interface SentOperation {
  readonly id: number;
  /** An origin, or a route. */
  readonly origin: string;
  readonly channel: string;
  readonly change: Change;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly ends: 'succeeded' | Ill;
  readonly isApplied: boolean;
  before?: Partial<SimOrigin> | RouteChange;
  state: 'queued' | 'running' | 'succeeded' | Ill;
  /** Written before the rows were put back: the app cannot know of it. */
  isForgotten: boolean;
}

export interface SimArmOptions {
  /** Milliseconds since 1970. */
  readonly time: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly overlap: 'queue' | 'conflict';
  readonly durationMs: number;
}

const LAST = 'Endpoint pools must contain at least one enabled endpoint';

/**
 * The control plane of all edges, as far as its clients can tell it from Azure: Front Door's writes go on after their
 * answer, one after another in a profile, Traffic Manager's end with it. Its behaviour is that of `local/arm`, without
 * HTTP and the SDKs, which are too slow for thousands of runs.
 */
export class SimArm {
  readonly origins = new Map<string, SimOrigin>();
  /** The origin group that a route refers to; ids in lower case. */
  readonly routes = new Map<string, string>();
  /** First routes of the edges that have twins, by the id of their own group. */
  readonly #firstRoutes = new Map<string, string>();
  readonly #operations: SentOperation[] = [];
  readonly #options: SimArmOptions;
  faults: ArmFault[] = [];
  accepted = 0;

  constructor(options: SimArmOptions) {
    this.#options = options;
  }

  seed(origins: readonly SimOrigin[]): void {
    origins.forEach((origin) => this.origins.set(origin.id, origin));
  }

  /** The second group of an edge, equal to its own, and routes that refer to that. */
  seedTwin({ id, twin }: FleetEdge): void {
    if (twin === undefined) {
      return;
    }
    this.seed(this.of(id).map((origin) => ({ ...origin, id: inGroup(origin.id, twin.originGroup) })));
    twin.routes.forEach((route) => this.routes.set(route, id));
    this.#firstRoutes.set(id, twin.routes[0] ?? '');
  }

  /** Somebody else changes an origin where it serves, at once. */
  operate(id: string, change: OriginChange): void {
    this.#set(this.#serving(id), change);
  }

  /** What an origin of an edge holds where it serves. */
  live(id: string): SimOrigin | undefined {
    return this.origins.get(this.#serving(id));
  }

  #serving(id: string): string {
    const edge = id.split('/').slice(0, -2).join('/');
    const group = this.routes.get(this.#firstRoutes.get(edge) ?? '');
    return group === undefined ? id : inGroup(id, group);
  }

  #set(id: string, change: Partial<SimOrigin> | RouteChange): void {
    const origin = this.origins.get(id);
    if ('originGroup' in change) {
      this.routes.set(id, change.originGroup);
    } else if (origin !== undefined) {
      this.origins.set(id, { ...origin, ...change });
    }
  }

  /** Origins of an edge; enabled only if no write may still end with them disabled. */
  surelyEnabled(edge: string): readonly SimOrigin[] {
    this.settle();
    const open = new Set(this.open().map(({ origin }) => origin));
    const group = this.routes.get(this.#firstRoutes.get(edge) ?? '') ?? edge;
    const isMoving = [...open].some((id) => this.routes.has(id));
    return isMoving ? [] : this.of(edge).filter(({ id, enabled }) => enabled && !open.has(inSame(id, group)));
  }

  /** Origins of an edge as they serve, under its own ids. */
  of(edge: string): readonly SimOrigin[] {
    const group = this.routes.get(this.#firstRoutes.get(edge) ?? '') ?? edge;
    const members = this.members(group);
    return group === edge ? members : members.map((origin) => ({ ...origin, id: inSame(origin.id, edge) }));
  }

  /** Origins of one group. */
  members(group: string): readonly SimOrigin[] {
    const beginning = `${group}/`;
    return this.origins
      .values()
      .filter(({ id }) => id.startsWith(beginning))
      .toArray();
  }

  open(): readonly SentOperation[] {
    return this.#operations.filter(({ state }) => state === 'queued' || state === 'running');
  }

  /** From now on nobody is held to know of the writes that are under way. */
  forgetOpen(): void {
    this.open().forEach((operation) => (operation.isForgotten = true));
  }

  read({ id, service, twin }: FleetEdge, monitorOf: (origin: string) => OriginState['monitor']): EdgeState {
    this.#meetPlain('read');
    this.settle();
    const isFrontDoor = service === 'front-door';
    const open = new Set(this.open().map(({ origin }) => origin));
    const routing: EdgeState['routing'] = isFrontDoor
      ? { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false }
      : { method: 'weight', hasAffinity: false, ttlSeconds: 60 };
    const group = (one: string): FoundGroup<OriginState> => ({
      origins: this.members(one).map((origin): OriginState => {
        const monitor = origin.enabled ? monitorOf(origin.id) : undefined;
        return { ...origin, terminal: !open.has(origin.id), ...(monitor === undefined ? {} : { monitor }) };
      }),
      settings: '',
      settingsOf: new Map(),
    });
    if (twin === undefined) {
      return { routing, origins: group(id).origins };
    }
    const routes = twin.routes.map((route): RouteState => {
      return { id: route, originGroup: this.routes.get(route) ?? '', terminal: !open.has(route) };
    });
    const read = readTwin(id, twin, { own: group(id), other: group(twin.originGroup), routes });
    return { routing, origins: read.origins, twin: read.twin };
  }

  async begin({ service, profile }: FleetEdge, origin: string, change: Change): Promise<Operation> {
    this.#meetPlain('begin');
    const fault = this.#meet('begin');
    if (fault?.on === 'begin' && fault.how === 'refused') {
      throw new UpstreamError('write origin', 400);
    }
    if (fault?.on === 'begin' && fault.how === 'lost-dropped') {
      return { status: 'unknown', detail: 'no answer' };
    }
    if (fault?.on === 'begin' && fault.how === 'lost-late') {
      await this.#options.sleep(fault.lateMs);
    }
    const isFrontDoor = service === 'front-door';
    const operation = this.#accept(origin, change, { isFrontDoor, profile, fault });
    const isLost = fault?.on === 'begin' && (fault.how === 'lost-applied' || fault.how === 'lost-late');
    return isLost ? { status: 'unknown', detail: 'no answer' } : this.#tell(operation);
  }

  poll(state: string): Operation {
    this.#meetPlain('poll');
    this.settle();
    const operation = this.#operations.find(({ id }) => state === String(id));
    return operation === undefined ? { status: 'unknown', detail: 'no such operation' } : this.#tell(operation);
  }

  /** Starts and ends whatever is due. */
  settle(): void {
    const now = this.#options.time();
    for (const operation of this.open()) {
      if (operation.state === 'queued' && operation.startsAt <= now) {
        operation.before = this.#before(operation);
        operation.state = 'running';
        this.#set(operation.origin, operation.change);
      }
      if (operation.state === 'running' && operation.endsAt <= now) {
        this.#end(operation);
      }
    }
  }

  #before({ origin, change }: SentOperation): Partial<SimOrigin> | RouteChange {
    if ('originGroup' in change) {
      return { originGroup: this.routes.get(origin) ?? '' };
    }
    const { enabled, weight } = this.origins.get(origin) ?? { enabled: false, weight: 0 };
    return { ...('enabled' in change ? { enabled } : {}), ...('weight' in change ? { weight } : {}) };
  }

  #end(operation: SentOperation): void {
    operation.state = operation.ends;
    if (!operation.isApplied && operation.before !== undefined) {
      this.#set(operation.origin, operation.before);
    }
  }

  #accept(
    id: string,
    change: Change,
    { isFrontDoor, profile, fault }: { isFrontDoor: boolean; profile: string; fault: ArmFault | undefined },
  ): SentOperation {
    this.settle();
    const origin = this.origins.get(id);
    if (origin === undefined && !this.routes.has(id)) {
      throw new NotFoundError(`origin ${id} does not exist`);
    }
    const group = id.split('/').slice(0, -2).join('/');
    const others = this.members(group).filter((one) => one.id !== id);
    const isOut = isFrontDoor && 'enabled' in change && !change.enabled && origin?.enabled === true;
    if (isOut && !others.some((o) => o.enabled)) {
      throw new UpstreamError('write origin', 400, { cause: new Error(LAST) });
    }
    const ahead = isFrontDoor ? this.open().filter(({ channel }) => channel === profile) : [];
    if (this.#options.overlap === 'conflict' && ahead.length > 0) {
      throw new ResourceBusyError('write origin: busy with another write');
    }
    const now = this.#options.time();
    const startsAt = Math.max(now, ...ahead.map(({ endsAt }) => endsAt));
    const takesMs = !isFrontDoor ? 0 : fault?.how === 'slow' ? fault.takesMs : this.#options.durationMs;
    const isEnding = isFrontDoor && fault?.on === 'begin' && 'isApplied' in fault;
    const operation: SentOperation = {
      id: this.#operations.length + 1,
      origin: id,
      channel: profile,
      change,
      startsAt,
      endsAt: startsAt + takesMs,
      ends: isEnding ? fault.how : 'succeeded',
      isApplied: isEnding ? fault.isApplied : true,
      state: 'queued',
      isForgotten: false,
    };
    this.#operations.push(operation);
    this.accepted += 1;
    this.settle();
    return operation;
  }

  #tell({ id, state }: SentOperation): Operation {
    switch (state) {
      case 'queued':
      case 'running':
        return { status: 'running', state: String(id) };
      case 'succeeded':
        return { status: 'succeeded' };
      case 'failed':
        return { status: 'failed', detail: 'the operation failed' };
      case 'canceled':
        return { status: 'failed', detail: 'the operation was canceled' };
      case 'unprovisioned':
        return { status: 'failed', detail: 'provisioning failed' };
      case 'vanished':
        return { status: 'unknown', detail: 'the operation is no longer known' };
    }
  }

  /** @throws what a call that is refused as a whole throws. */
  #meetPlain(on: ArmFault['on']): void {
    const fault = this.#meet(on, ['throttled', 'busy', 'server', 'no-answer', 'forbidden']);
    switch (fault?.how) {
      case 'throttled':
        throw new RateLimitedError(on, fault.waitMs);
      case 'busy':
        throw new ResourceBusyError(`${on}: busy`);
      case 'server':
        throw new UpstreamError(on, 503);
      case 'no-answer':
        throw new UpstreamError(on, 0);
      case 'forbidden':
        throw new UpstreamError(on, 403);
      default:
    }
  }

  #meet(on: ArmFault['on'], how?: readonly ArmFault['how'][]): ArmFault | undefined {
    const met = this.faults.find((fault) => fault.on === on && how?.includes(fault.how) !== false);
    this.faults = this.faults.filter((fault) => fault !== met);
    return met;
  }
}

/** Id of the origin of the same name in another group of Front Door; Traffic Manager's have none. */
function inSame(id: string, group: string): string {
  return id.includes('/origingroups/') ? inGroup(id, group) : id;
}
