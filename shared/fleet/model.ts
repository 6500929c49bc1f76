import type { ResourceId } from '../domain/azure/resource-id.ts';
import type { Verification } from '../domain/image/verification.ts';
import type { ImageGuards } from '../domain/image/guards.ts';
import type { ImageGates } from '../domain/trust/gates.ts';
import type { TagPolicy } from '../domain/image/policy.ts';
import type { DataTierQuery } from '../domain/traffic/data-tier.ts';
import type { EvidenceSettings } from '../domain/traffic/evidence-settings.ts';
import type { CommitSettings, PullRequestSettings } from '../domain/image/writing-settings.ts';
import type { Mode } from '../domain/mode.ts';
import type { ManualStepSettings } from '../domain/traffic/manual.ts';
import type { EdgeTwin } from '../domain/traffic/twin.ts';
import type { EdgePolicy } from '../domain/traffic/policy.ts';
import type { Discover, Freeze, SectionEntry } from './schema.ts';

/** A container registry whose pushes count. */
export interface FleetRegistry {
  readonly name: string;
  readonly resourceId: ResourceId;
  /** Lower-case host, `contoso.azurecr.io`; never taken from an event. */
  readonly loginServer: string;
}

/** A Key Vault whose events count. */
export interface FleetKeyVault {
  readonly name: string;
  readonly resourceId: ResourceId;
}

/** A GitOps repository and the branch that the agents read. */
export interface FleetRepository {
  readonly name: string;
  readonly owner: string;
  readonly repo: string;
  readonly branch: string;
  /** REST base of a GitHub Enterprise Server; absent for github.com. */
  readonly apiUrl?: string;
  /** How commits are written, where the file says something else than usual. */
  readonly commits?: CommitSettings;
  /** The same for pull requests of stages with `write: pull-request`. */
  readonly pullRequests?: PullRequestSettings;
}

export interface FleetCluster {
  readonly name: string;
  readonly resourceId: ResourceId;
  /** `environment`, `ring`, `app`, `region` and whatever else the file says; all text. */
  readonly labels: Readonly<Record<string, string>>;
  /** Declared requests per second that one ready node serves. */
  readonly capacityPerNode?: number;
  /** How it gets more nodes when a lost region's traffic needs them; it stays as it is if absent. */
  readonly scaleUp?: ScaleUp;
}

/** The node pool whose autoscaler may be told to keep more nodes. */
export interface ScaleUp {
  /** ARM id in lower case. */
  readonly pool: string;
  /** Nodes that it is told to keep at most; the autoscaler's own limit if absent. */
  readonly maxNodes?: number;
  readonly mode: Mode;
}

/** One stage of a rollout, expanded for this fleet. */
export interface FleetStage {
  readonly name: string;
  /** Stage that must have finished first; a stage without it takes pushes directly. */
  readonly after?: string;
  /** Globs over repository paths, `{cluster}` already replaced; at least one. */
  readonly paths: readonly string[];
  readonly write: 'commit' | 'pull-request';
  /** Names of the clusters that `paths` were made for; empty for a path without placeholder. */
  readonly clusters?: readonly string[];
  /** How long it must run here before the next stage, in milliseconds. */
  readonly soakMs?: number;
  /** What a newer version does to a soak: it starts anew with it (if absent), or the newer one waits. */
  readonly newer?: 'wait';
  /** When anything is written here; at any time if absent. */
  readonly windows?: readonly string[];
  /** Days on which nothing is written here, both ends included, `YYYY-MM-DD`. */
  readonly freezes?: readonly Pick<Freeze, 'from' | 'to'>[];
  /** Of `windows` and `freezes`. */
  readonly timeZone?: string;
  /** People who must agree to each version. */
  readonly approvals?: { readonly needed: number; readonly withinMs: number };
  /** What proves that a version took effect; all of it must pass. */
  readonly verify?: readonly Verification[];
}

/** A rule that says where an image goes; `repository` may hold `*` for one path segment. */
export interface FleetImage {
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  readonly gitops: FleetRepository;
  readonly stages: readonly FleetStage[];
  readonly policy: TagPolicy;
  readonly mode: Mode;
  /** What a tag must show before it is written. */
  readonly gates?: ImageGates;
  /** What keeps a push back that the policy has chosen; `DEFAULT_GUARDS` if absent. */
  readonly guards?: ImageGuards;
  /** Exact keys, by the glob of the files in which nothing else is looked for. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  /** Team that owns the rule, where the file was included for one. */
  readonly team?: string;
}

/** One origin of an edge: where the requests of a region's cluster arrive. */
export interface FleetOrigin {
  readonly name: string;
  /** ARM id in lower case. */
  readonly id: string;
  /** Canonical region of its cluster, `westeurope`. */
  readonly region: string;
  /** Name of the cluster behind it. */
  readonly cluster: string;
}

/** An origin group of a Front Door profile, or a Traffic Manager profile. */
export interface FleetEdge {
  readonly name: string;
  /** ARM id of the origin group or of the profile, lower case. */
  readonly id: string;
  readonly service: 'front-door' | 'traffic-manager';
  /** ARM id of the profile, lower case: one write at a time goes through it. */
  readonly profile: string;
  /** A second group of the profile that stands in for the first when several origins move at once. */
  readonly twin?: EdgeTwin;
  /** Edges of one sick region are drained in this order, 1 first. */
  readonly priority: number;
  readonly origins: readonly FleetOrigin[];
  readonly policy: EdgePolicy;
  /** Days on which only what is excepted is moved, both ends included, `YYYY-MM-DD` in UTC. */
  readonly freezes?: readonly Pick<Freeze, 'from' | 'to' | 'except'>[];
  /** Who is asked how the data behind it is. */
  readonly dataTier?: DataTierQuery;
  /** Requests a second in all, as its owner declares it: Traffic Manager sees names being asked for, and no requests. */
  readonly declaredLoad?: number;
  /** True if each of its origins answers probes by a gate: examples/gate. */
  readonly hasGates?: true;
  /** Who is asked about its regions, beside the edge itself. */
  readonly evidence?: EvidenceSettings;
  /** What people do before or after its traffic moves, in their order. */
  readonly manual?: readonly ManualStepSettings[];
  /** What of it the fleet no longer names, and is followed until it is put back or let go; absent where it names all. */
  readonly removed?: RemovedParts;
}

/** The parts of an edge that the fleet no longer names; their settings are those of the last revision that did. */
export interface RemovedParts {
  /** ARM ids, lower case. */
  readonly origins: readonly string[];
  /** True if the edge itself is gone from the fleet. */
  readonly isWhole: boolean;
  /** False: it has been seen just now, and nobody has been told yet; nothing is done before that. */
  readonly isNoted: boolean;
  /** False: the deployment's ceiling no longer lets it be written, and people get a script instead. */
  readonly isWritable: boolean;
}

/** The effective fleet: every file merged, checked, expanded and bounded by the ceiling. */
export interface Fleet {
  readonly name: string;
  /** SHA-256 of the canonical JSON of everything in force; changes exactly when something in force does. */
  readonly revision: string;
  readonly registries: readonly FleetRegistry[];
  readonly keyVaults: readonly FleetKeyVault[];
  readonly repositories: readonly FleetRepository[];
  readonly clusters: readonly FleetCluster[];
  readonly images: readonly FleetImage[];
  readonly edges: readonly FleetEdge[];
  /** Paths of fleet files per repository (`owner/repo`, lower case): nothing may write them. */
  readonly fleetFiles: Readonly<Record<string, readonly string[]>>;
}

/** Sections that are validated and carried for the reactions that read them; all bounded by the ceiling. */
export interface FleetSections {
  readonly teams: Readonly<Record<string, SectionEntry['teams']>>;
  readonly edges: Readonly<Record<string, SectionEntry['edges']>>;
  readonly schedules: Readonly<Record<string, SectionEntry['schedules']>>;
  readonly upgrades: Readonly<Record<string, SectionEntry['upgrades']>>;
  readonly budgets: Readonly<Record<string, SectionEntry['budgets']>>;
  readonly notify: Readonly<Record<string, SectionEntry['notify']>>;
  readonly freezes: readonly Freeze[];
  readonly discover?: Discover;
}

/** A fleet as its files give it. */
export interface LoadedFleet extends Fleet {
  readonly timeZone: string;
  readonly sections: FleetSections;
}
