import type { EdgeTwin, TwinState } from '../domain/traffic/twin.ts';
import type { Operation } from './operation.ts';

/**
 * What one write sets, in absolute values: of an origin a drain writes `enabled`, a ramp writes `weight`, and both of one
 * that serves nobody; of a route the ARM id of its origin group.
 */
export type OriginChange =
  { readonly enabled: boolean } | { readonly weight: number } | { readonly enabled: boolean; readonly weight: number };
export interface RouteChange {
  readonly originGroup: string;
}

/** What the control plane says of one origin. Its state at the edge follows later, and is proved elsewhere. */
export interface OriginState {
  /** ARM id in lower case. */
  readonly id: string;
  readonly enabled: boolean;
  readonly weight: number;
  readonly priority: number;
  /** False while a write to the origin is running or queued. */
  readonly terminal: boolean;
  /** Traffic Manager's own word on its probes; absent where the service does not tell. `always`: it is not probed. */
  readonly monitor?: 'healthy' | 'unhealthy' | 'unknown' | 'always';
  /** Host, and host with port, by which metrics call it; lower case. Absent where the service does not tell. */
  readonly hosts?: readonly string[];
  /** The same for the host that requests are sent with, where that is another. */
  readonly hostHeaders?: readonly string[];
}

/** What decides whether weights mean anything. */
export interface EdgeRouting {
  readonly method: 'latency-then-weight' | 'weight' | 'priority' | 'other';
  /** Front Door: origins that are slower than the fastest by no more than this share by weight. */
  readonly latencySensitivityMs?: number;
  /** Sessions stay where they began. */
  readonly hasAffinity: boolean;
  /** How origins are probed; absent where nothing is said of it. */
  readonly probe?: {
    readonly path?: string;
    readonly method?: string;
    /** Traffic Manager: how long probes fail, at most, until an origin is left out; in seconds. */
    readonly outAfterSeconds?: number;
  };
  /** Traffic Manager: how long resolvers keep an answer, in seconds. */
  readonly ttlSeconds?: number;
}

/** An origin group or Traffic Manager profile as its control plane shows it. */
export interface EdgeState {
  readonly origins: readonly OriginState[];
  readonly routing: EdgeRouting;
  /** Of an edge with a twin; `origins` are then those of the group that serves, under the ids of the edge's own. */
  readonly twin?: TwinState<OriginState>;
}

/** The control plane of an edge. It has no versions: callers read, compare and write under their own lease. */
export interface EdgeControl {
  /**
   * An origin group or profile, by its ARM id.
   * @param twin - the second group, where the edge has one.
   * @throws NotFoundError, RateLimitedError, UpstreamError.
   */
  read(edge: string, twin?: EdgeTwin): Promise<EdgeState>;
  /**
   * Sends one write to an origin or a route. An answer that was lost is `unknown`, never thrown.
   * @throws NotFoundError, RateLimitedError, ResourceBusyError, UpstreamError when the write was refused and did not
   *   take effect.
   */
  begin(resource: string, change: OriginChange | RouteChange): Promise<Operation>;
  /**
   * Asks once after a write that `begin` left running; never sends it again.
   * @throws RateLimitedError, UpstreamError when the question was not answered: ask again with the same state.
   */
  poll(resource: string, state: string): Promise<Operation>;
}

/** Whether requests come to an edge at all. */
export interface EdgeRoutes {
  /**
   * Names of the enabled routes that refer to an origin group; undefined where the service has no routes. Rule sets that
   * override a route's group are not seen.
   * @throws NotFoundError, RateLimitedError, UpstreamError.
   */
  routesTo(edge: string): Promise<readonly string[] | undefined>;
}
