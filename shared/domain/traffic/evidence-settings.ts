/** A Log Analytics query whose rows are votes. */
export interface LogQuery {
  readonly name: string;
  /** The workspace's id: a GUID in lower case. */
  readonly workspace: string;
  /** KQL; its rows have the columns `region` and one of `errorRate`, `p95Ms`, `bad`, and perhaps `requests`. */
  readonly query: string;
  /** It is asked again only after so many milliseconds; absent: at each look. */
  readonly everyMs?: number;
}

/** In place of an origin's name: dimensions or the property `region` of an alert tell which one it is about. */
export const ALL_ORIGINS = 'all';

/** Where evidence of an edge's regions comes from beside the edge itself. */
export interface EvidenceSettings {
  /** What an alert on a resource is about: the name of an origin or `ALL_ORIGINS`, by ARM id in lower case. */
  readonly alertResources?: Readonly<Record<string, string>>;
  /** ARM ids, lower case, by the origin's name. */
  readonly appGateways?: Readonly<Record<string, string>>;
  /** ARM ids of the origins' clusters, lower case, by the origin's name. */
  readonly clusterIds: Readonly<Record<string, string>>;
  /** Least shares that are well, 0 to 1; absent: clusters are not looked at. */
  readonly clusters?: { readonly minReadyNodes: number; readonly minReadyPods: number };
  readonly logs?: readonly LogQuery[];
  /** True if Azure is asked what it knows of the clusters. */
  readonly resourceHealth?: true;
  /** Services whose issues in a region count, in lower case; absent: Azure is not asked. */
  readonly serviceHealth?: { readonly services: readonly string[] };
  readonly synthetic?: {
    /** Through the public host; the answer's header names the region. */
    readonly url?: string;
    /** To the origins themselves, by their names. */
    readonly origins: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
  };
}

/** What is set for an origin, by its name. Pure. */
export function settingOf(byOrigin: Readonly<Record<string, string>> | undefined, origin: string): string | undefined {
  return byOrigin !== undefined && Object.hasOwn(byOrigin, origin) ? byOrigin[origin] : undefined;
}
