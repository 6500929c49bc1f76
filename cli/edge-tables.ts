import type { EdgePolicy } from '../shared/domain/traffic/policy.ts';
import type { FleetEdge, LoadedFleet } from '../shared/fleet/model.ts';

type Rows = readonly (readonly string[])[];

/** Where the requests of each edge go. */
export function originRows(edges: readonly FleetEdge[]): Rows {
  return edges.flatMap(({ name, service, priority, origins, policy: { mode } }) =>
    origins.map((origin, index) => [
      ...(index === 0 ? [name, service, String(priority)] : ['', '', '']),
      origin.name,
      origin.region,
      origin.cluster,
      mode.drain,
      mode.restore,
      origin.id,
    ]),
  );
}

/** What is in force for each edge, defaults and ceiling included, in the words of the file. */
export function settingRows({ edges, sections }: LoadedFleet): Rows {
  return edges.flatMap(({ name, policy }) =>
    Object.entries(settingsOf(policy, sections.edges[name]?.approvals.override))
      .map(([group, settings]): [string, string] => [group, inWords(settings)])
      .filter(([, words]) => words !== '')
      .map(([group, words], index) => [index === 0 ? name : '', group, words]),
  );
}

/** True is the word alone; false and undefined are nothing. */
type Settings = Readonly<Record<string, string | number | boolean | undefined>>;

function settingsOf(policy: EdgePolicy, override?: number): Readonly<Record<string, Settings>> {
  const { safety, bake, data, approvals, redistribute, weightTotal, blockedDates, windows, isUndone } = policy;
  return {
    rules: {
      minServing: safety.minEnabled,
      maxDrained: percent(safety.maxDrainFraction),
      headroom: percent(safety.headroom),
      allowStandby: safety.allowStandby,
      allowPartial: safety.allowPartial,
      redistribute,
      weightTotal,
      undo: isUndone,
    },
    signals: signalsOf(policy),
    ...flapsOf(policy),
    planned: {
      bake: duration(bake.bakeMs),
      propagation: duration(bake.propagationMs),
      metricLag: duration(bake.metricLagMs),
      blockedDates: blockedDates.length === 0 ? undefined : blockedDates.join(' '),
      windows: maybe(windows, ({ open, timeZone }) => `${open.join('; ')} (${timeZone})`),
    },
    data: { first: data.dataFirst, rpo: maybe(data.rpoMs, duration) },
    approvals: {
      drain: approvals.drain,
      restore: approvals.restore,
      runbook: approvals.runbook,
      override,
      within: duration(approvals.withinMs),
    },
  };
}

function signalsOf({ evidence }: EdgePolicy): Settings {
  return {
    sources: evidence.sources?.join(' '),
    quorum: evidence.quorum,
    external: evidence.needsOutside,
    voteTtl: duration(evidence.voteTtlMs),
    settle: duration(evidence.settleMs),
    hold: duration(evidence.holdMs),
    recoverHold: duration(evidence.recoverHoldMs),
    maxAlertAge: maybe(evidence.maxAlertAgeMs, duration),
    alertTtl: maybe(evidence.alertTtlMs, duration),
    maxSkew: maybe(evidence.maxSkewMs, duration),
    severityAtMost: evidence.severityAtMost,
    relative: evidence.isRelative,
    minRequests: evidence.minRequests,
    errorRateMax: maybe(evidence.errorRateMax, percent),
    latencyMaxMs: evidence.latencyMaxMs,
    latencyFactor: evidence.latencyFactor,
    latencyAction: evidence.latencyAction,
  };
}

function flapsOf({ evidence: { cooldown, damping } }: EdgePolicy): Readonly<Record<string, Settings>> {
  return {
    cooldown:
      cooldown === undefined
        ? {}
        : {
            for: duration(cooldown.ms),
            scope: cooldown.scope,
            bypassErrorRate: maybe(cooldown.bypassErrorRate, percent),
          },
    damping:
      damping === undefined
        ? {}
        : {
            perFlap: damping.perFlap,
            halfLife: duration(damping.halfLifeMs),
            suppress: damping.suppress,
            reuse: damping.reuse,
            maxSuppress: duration(damping.maxSuppressMs),
          },
  };
}

function inWords(settings: Settings): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? name : `${name} ${String(value)}`))
    .join(', ');
}

function maybe<T>(value: T | undefined, show: (value: T) => string): string | undefined {
  return value === undefined ? undefined : show(value);
}

/** `10m`: the largest unit that leaves nothing over. */
function duration(ms: number): string {
  const units = { d: 86_400_000, h: 3_600_000, m: 60_000 };
  const [unit, size] = Object.entries(units).find(([, each]) => ms > 0 && ms % each === 0) ?? ['s', 1000];
  return `${ms / size}${unit}`;
}

/** `0.5%`: no more digits than a file can say. */
function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))}%`;
}
