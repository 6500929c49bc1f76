import type { NeededActions, PermissionSet } from '../../domain/azure/permissions.ts';
import type { Capacity } from '../../domain/traffic/capacity.ts';
import type { EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { TwinState } from '../../domain/traffic/twin.ts';
import type { DataTierReading } from '../../domain/traffic/data-tier.ts';
import type { EdgePolicy } from '../../domain/traffic/policy.ts';
import type { Division } from '../../domain/traffic/serving.ts';
import type { Intent } from '../../intents/intent.ts';
import type { EdgeRouting } from '../../ports/edge-control.ts';
import type { Field } from '../../reconcile/target-kind.ts';

/** How an edge's origins are probed, as its control plane says. */
export interface ProbeSettings {
  /** Absent or empty: there is no probe. */
  readonly path?: string;
  /** `HEAD`, `GET`; absent where the service knows no other. */
  readonly method?: string;
}

/** An edge as it was read; what `ObservedEdge` of the edge target holds and more will do. */
export interface SeenEdge {
  readonly origins: readonly Origin[];
  readonly routing: EdgeRouting;
  /** Names of origins of the fleet that Azure does not have. */
  readonly missing: readonly string[];
  /** True while the control plane does not answer and all of this is what it said last, or what is assumed. */
  readonly isBlind?: boolean;
  /** False while a write is running. */
  readonly isTerminal: boolean;
  /** Of an edge with a second group. */
  readonly twin?: TwinState;
  /** Absent: nothing could be measured. */
  readonly measured?: DataTierReading & {
    readonly division: Division;
    readonly capacity: ReadonlyMap<string, Capacity>;
    /** By name of the origin. */
    readonly readings?: Readonly<Record<string, DataTierReading>>;
  };
}

/** What the cluster behind an origin could carry with more nodes. */
export interface PoolGrowth {
  /** Name. */
  readonly origin: string;
  /** Name of the pool that may grow. */
  readonly pool: string;
  /** Requests a second with the most nodes; absent with a fault. */
  readonly capacity?: number;
  /** Why it cannot grow. */
  readonly fault?: 'not-found' | 'no-autoscaler' | 'unreadable';
}

/** What our identity must be allowed on a resource. */
export interface ScopeNeed {
  /** ARM id; the name of a gate store where its id is not said. */
  readonly scope: string;
  readonly needed: NeededActions;
  /** How bad it is where it is not allowed. */
  readonly lack: Exclude<CheckStatus, 'ok'>;
}

/** Why it is not known what our identity may do. */
export interface UnknownAccess {
  /** `denied`: it may not ask. `no-id`: whom to ask about is not said. */
  readonly why: 'denied' | 'not-found' | 'no-answer' | 'no-id';
}

export interface ScopeAccess extends ScopeNeed {
  readonly answer: readonly PermissionSet[] | UnknownAccess;
}

/** What a check of an edge's readiness needs to know. Times are milliseconds since 1970. */
export interface ReadinessFacts {
  readonly now: number;
  readonly policy: EdgePolicy;
  /** Text: why it could not be read. */
  readonly seen: SeenEdge | string;
  /** Absent: it could not be read. */
  readonly probe?: ProbeSettings;
  /** Routes that lead to the edge's origin group; absent where the service has none, or they could not be read. */
  readonly routes?: readonly string[];
  readonly isStopped: boolean;
  readonly switches: { readonly automation: 'on' | 'off'; readonly firing: readonly string[] };
  /** Of this edge, those that are not closed. */
  readonly intents: readonly Intent[];
  /** Of this edge: what we have written and not yet brought back. */
  readonly fields: readonly Field[];
  readonly evidence: EdgeEvidence;
  /** Of the origins whose clusters may get more nodes. */
  readonly growth: readonly PoolGrowth[];
  /** What our identity may do on each resource that a failover reads or writes. */
  readonly access: readonly ScopeAccess[];
  readonly lastDrillAt?: number;
  readonly lastWriteAt?: number;
  /** When Azure last refused a write because we may not make it. */
  readonly deniedAt?: number;
}

export type CheckName =
  | 'control-plane'
  | 'origins'
  | 'region-loss'
  | 'scale-up'
  | 'weights'
  | 'probes'
  | 'affinity'
  | 'routes'
  | 'twin'
  | 'drift'
  | 'long-holds'
  | 'stale-intents'
  | 'switches'
  | 'drill'
  | 'votes'
  | 'suspects'
  | 'way-back'
  | 'readings'
  | 'data-tier'
  | 'roles'
  | 'permission';

/** `fail`: a failover would not happen, or would do harm. `warn`: somebody should look before it is needed. */
export type CheckStatus = 'ok' | 'warn' | 'fail';

export interface Check {
  readonly check: CheckName;
  readonly status: CheckStatus;
  readonly detail: string;
  /** Empty where there is nothing to do. */
  readonly whatToDo: string;
}
