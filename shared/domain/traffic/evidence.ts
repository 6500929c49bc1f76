import { sha256 } from '../digest.ts';
import type { Origin } from './origin.ts';
import { isServing } from './serving.ts';
import type { EdgeState } from '../../ports/edge-control.ts';
import { UNKNOWN_HEALTH, type RegionHealth } from './health.ts';
import { ALERT_SOURCE, type Vote } from './votes.ts';

/** An alert's life as far as it was heard of. Milliseconds since 1970. */
export interface AlertLife {
  readonly firedAt: number;
  readonly resolvedAt?: number;
}

/** What is known of one origin's region. */
export interface RegionEvidence {
  readonly votes: readonly Vote[];
  readonly health: RegionHealth;
}

/** What is known of an edge, beside what can be read anew: one row. */
export interface EdgeEvidence {
  readonly schema: 1;
  /** By origin name. */
  readonly regions: Readonly<Record<string, RegionEvidence>>;
  /** By alert id, lower case. */
  readonly alerts: Readonly<Record<string, AlertLife>>;
  /** Incidents that people have closed, by alert id, lower case. */
  readonly closed: readonly string[];
  /** Until then more bad regions are waited for. */
  readonly settleUntil?: number;
  /** Bad regions, by origin name, that were waited for already. */
  readonly settled?: readonly string[];
  /** When traffic was last taken from an origin, by its name. */
  readonly shifts: Readonly<Record<string, number>>;
  /** Why people were called about an origin, by its name: not again for the same reason. */
  readonly paged: Readonly<Record<string, string>>;
  /** Regions whose badness has turned a plan around, by origin name, with the time: only newer words count again. */
  readonly steered?: Readonly<Record<string, number>>;
  /** What the control plane said when it last answered. */
  readonly seen?: EdgeState;
  /** Names of the origins that their edge's probes called well when they were last asked. */
  readonly probedWell?: readonly string[];
  /** What people have looked at and called well while it was out: by origin name, when, in milliseconds since 1970. */
  readonly vouched?: Readonly<Record<string, number>>;
  /** Looks in a row at which the edge could not be read. */
  readonly unreadable?: number | undefined;
  /** When the first of them was, in milliseconds since 1970. */
  readonly unreadableSince?: number | undefined;
}

export const NO_EVIDENCE: EdgeEvidence = { schema: 1, regions: {}, alerts: {}, closed: [], shifts: {}, paged: {} };

/** Longest time that an alert is remembered after its last word. */
const FORGET_MS = 7 * 86_400_000;
/** How long a person's word on an origin that nobody else speaks of is believed. */
const VOUCHED_MS = 3_600_000;
/** Votes kept of one region: one a source, and more sources than anybody has. */
const MAX_VOTES = 100;
/** Alerts remembered of one edge: Prometheus rules can fire under a new id at each evaluation. */
const MAX_ALERTS = 500;

/** True if nothing newer is said of an origin's region than what has turned a plan around. Pure. */
export function isSteered(evidence: EdgeEvidence, name: string): boolean {
  const at = evidence.steered?.[name];
  return at !== undefined && !regionOf(evidence, name).votes.some((vote) => vote.isBad && vote.at > at);
}

/** What is known of one origin. Pure. */
export function regionOf({ regions }: EdgeEvidence, name: string): RegionEvidence {
  const known = Object.hasOwn(regions, name) ? regions[name] : undefined;
  return known ?? { votes: [], health: UNKNOWN_HEALTH };
}

/**
 * Names of the origins that are well by what was said of them: their region is healthy; or nobody speaks of it, nobody's
 * last word was a bad one, and their edge's probes called them well before they were taken out; or a person has called
 * them well, and nobody called them bad then or later. An edge does not probe an origin that is out, so its probes cannot
 * tell. Pure.
 */
export function wellNames(evidence: EdgeEvidence): ReadonlySet<string> {
  const { regions, probedWell = [], vouched = {} } = evidence;
  const healthy = Object.entries(regions).filter(([, { health }]) => health.status === 'healthy');
  const left = probedWell.filter((name) => {
    const { votes, health } = regionOf(evidence, name);
    return health.status === 'unknown' && votes.every(({ isBad }) => !isBad);
  });
  const trusted = Object.entries(vouched).filter(([name, at]) =>
    regionOf(evidence, name).votes.every(({ isBad, expires }) => !isBad || expires <= at),
  );
  return new Set([...healthy.map(([name]) => name), ...left, ...trusted.map(([name]) => name)]);
}

/** What was said of regions, by origin name: who is well by it, and whom enough call bad now. */
export interface Heard {
  readonly well: ReadonlySet<string>;
  readonly bad: ReadonlySet<string>;
}

/** What the evidence says of those whom nobody probes. Pure. @param now - milliseconds since 1970. */
export function heardIn(evidence: EdgeEvidence, now: number): Heard {
  const bad = Object.entries(evidence.regions).filter(
    ([, { votes, health }]) =>
      health.status === 'bad' && votes.some(({ isBad, at, expires }) => isBad && at <= now && expires > now),
  );
  return { well: wellNames(evidence), bad: new Set(bad.map(([name]) => name)) };
}

/** The evidence with a person's word that origins are well. Pure. @param at - milliseconds since 1970. */
export function withVouched(evidence: EdgeEvidence, names: readonly string[], at: number): EdgeEvidence {
  const vouched = { ...evidence.vouched, ...Object.fromEntries(names.map((name) => [name, at])) };
  return names.length === 0 ? evidence : { ...evidence, vouched };
}

/** The evidence with what an edge's probes say now; they say nothing of an origin that is out. Pure. */
export function withProbes(evidence: EdgeEvidence, origins: readonly ProbedOrigin[]): EdgeEvidence {
  const asked = origins.filter((origin) => isServing(origin) && origin.healthy !== undefined);
  const silent = origins.filter((origin) => !asked.includes(origin)).map(({ name }) => name);
  const before = (evidence.probedWell ?? []).filter((name) => silent.includes(name));
  const probedWell = [...before, ...asked.filter(({ healthy }) => healthy).map(({ name }) => name)].toSorted();
  return { ...evidence, probedWell };
}

type ProbedOrigin = Pick<Origin, 'name' | 'healthy' | 'enabled' | 'isShut'>;

/** The evidence with one more vote; of one source only the newest is kept. Pure. */
export function withVote(evidence: EdgeEvidence, name: string, vote: Vote): EdgeEvidence {
  const region = regionOf(evidence, name);
  const rivals = region.votes.filter(({ source }) => source === vote.source);
  const isOlder = rivals.some(({ at, isBad }) => at > vote.at || (at === vote.at && isBad && !vote.isBad));
  return isOlder ? evidence : withWord(evidence, name, vote);
}

/** The evidence with a source's last word, whatever it has said before. Pure. */
export function withWord(evidence: EdgeEvidence, name: string, vote: Vote): EdgeEvidence {
  const region = regionOf(evidence, name);
  const votes = bounded([...region.votes.filter(({ source }) => source !== vote.source), vote]);
  return withRegion(evidence, name, { ...region, votes });
}

/** Alerts that are over go first, then the oldest that fire; measurements last. */
function bounded(votes: readonly Vote[]): readonly Vote[] {
  const tooMany = votes.length - MAX_VOTES;
  if (tooMany <= 0) {
    return votes;
  }
  const rankOf = ({ source, isBad }: Vote): number => (source.startsWith(ALERT_SOURCE) ? Number(isBad) : 2);
  const dropped = new Set(votes.toSorted((a, b) => rankOf(a) - rankOf(b) || a.at - b.at).slice(0, tooMany));
  return votes.filter((vote) => !dropped.has(vote));
}

/** The evidence with another word on one region. Pure. */
export function withRegion(evidence: EdgeEvidence, name: string, region: RegionEvidence): EdgeEvidence {
  return { ...evidence, regions: { ...evidence.regions, [name]: region } };
}

/** The evidence with what an alert said of itself; its two words may come in either order. Pure. */
export function withAlert(evidence: EdgeEvidence, id: string, said: AlertLife): EdgeEvidence {
  const known = evidence.alerts[id];
  const firedAt = Math.max(known?.firedAt ?? -Infinity, said.firedAt);
  const ended = [known?.resolvedAt, said.resolvedAt].filter((at) => at !== undefined && at >= firedAt) as number[];
  const life: AlertLife = ended.length === 0 ? { firedAt } : { firedAt, resolvedAt: Math.max(...ended) };
  return { ...evidence, alerts: { ...evidence.alerts, [id]: life } };
}

/** The evidence without what nobody needs any more. Pure. */
export function pruned(evidence: EdgeEvidence, now: number): EdgeEvidence {
  const lastOf = ({ firedAt, resolvedAt = firedAt }: AlertLife): number => resolvedAt;
  const known = Object.entries(evidence.alerts).filter(([, life]) => lastOf(life) > now - FORGET_MS);
  const newest = known.toSorted(([, a], [, b]) => lastOf(b) - lastOf(a)).slice(0, MAX_ALERTS);
  const alerts = known.length > MAX_ALERTS ? newest : known;
  const isNeeded = ({ isBad, at, expires }: Vote): boolean => at > now - FORGET_MS || (isBad && expires > now);
  const regions = Object.entries(evidence.regions).map(
    ([name, region]) => [name, { ...region, votes: region.votes.filter(isNeeded) }] as const,
  );
  const { vouched } = evidence;
  const believed = Object.entries(vouched ?? {}).filter(([, at]) => at > now - VOUCHED_MS);
  return {
    ...evidence,
    alerts: Object.fromEntries(alerts),
    regions: Object.fromEntries(regions),
    ...(vouched === undefined ? {} : { vouched: Object.fromEntries(believed) }),
  };
}

/** Row key of an edge's evidence; ARM ids of origin groups are far below the 200 characters of a key. */
export function evidenceKey(edge: string): string {
  const key = `evidence|${edge}`;
  return key.length <= 200 ? key : `evidence|${sha256(edge)}`;
}
