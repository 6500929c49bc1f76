import { MAX_WEIGHT } from '../../domain/traffic/weights.ts';
import type { Finding, FleetPath } from '../findings.ts';
import type { Entry } from '../read/merge.ts';
import { durationMs, percentNumber } from '../schema/scalars.ts';
import type { Edge } from '../schema.ts';

type Problem = Pick<Finding, 'code' | 'message'> & {
  /** Below the edge. */
  readonly path: FleetPath;
  readonly severity?: Finding['severity'];
};

/**
 * Settings that are right by themselves and wrong together. Defaults count like what is written.
 *
 * @param origins - how many the section names.
 */
export function checkEdgeSettings({ value, part, path }: Entry<Edge>, origins: number): readonly Finding[] {
  const { rules, signals } = value;
  return [
    ...sourceProblems(signals),
    ...outsideProblems(signals),
    ...voteProblems(signals),
    ...cooldownProblems(signals),
    ...latencyProblems(value),
    ...dataProblems(value.data),
    ...dampingProblems(signals.damping),
    ...weightProblems(rules, origins),
    ...drainProblems(rules, origins),
  ].map(({ path: below, ...problem }) => part.document.remark([...path, ...below], problem));
}

type Signals = Edge['signals'];

function sourceProblems({ sources, quorum }: Signals): readonly Problem[] {
  if (sources === undefined) {
    return [];
  }
  const names = sources.map((source) => source.toLowerCase());
  const twice = sources.flatMap((source, index): readonly Problem[] =>
    names.indexOf(source.toLowerCase()) === index
      ? []
      : [
          {
            path: ['signals', 'sources', index],
            code: 'conflict',
            message: `source \`${source}\` is there twice: it has one vote`,
          },
        ],
  );
  const count = new Set(names).size;
  const message = `a quorum of ${quorum} can never be reached with ${count} ${count === 1 ? 'source' : 'sources'}`;
  // Alerts are as many sources as there are things that rules measure.
  const isShort = count < quorum && !names.includes('alerts');
  return isShort ? [...twice, { path: ['signals', 'quorum'], code: 'not-valid', message }] : twice;
}

/** Sources within the region, or Azure's own word on what runs there. */
const INSIDE = ['aks-nodes', 'aks-pods', 'app-gateway', 'resource-health'];

function outsideProblems({ sources = [], external }: Signals): readonly Problem[] {
  const isBlind = sources.length > 0 && sources.every((source) => INSIDE.includes(source.toLowerCase()));
  const message = 'none of `signals.sources` sees a region from outside: no region is ever drained';
  return external && isBlind
    ? [{ path: ['signals', 'external'], severity: 'warning', code: 'no-effect', message }]
    : [];
}

function voteProblems({ hold, settle, voteTtl }: Signals): readonly Problem[] {
  return Object.entries({ hold, settle })
    .filter(([, wait]) => durationMs(wait) >= durationMs(voteTtl))
    .map(([name, wait]) => ({
      path: ['signals', name],
      severity: 'warning',
      code: 'no-effect',
      message: `${name} ${wait} is not shorter than voteTtl ${voteTtl}: a vote that is not repeated expires before it counts`,
    }));
}

function cooldownProblems({ errorRateMax, cooldown }: Signals): readonly Problem[] {
  const bypass = cooldown?.bypassErrorRate;
  if (bypass === undefined || errorRateMax === undefined || percentNumber(bypass) >= percentNumber(errorRateMax)) {
    return [];
  }
  const message = `bypassErrorRate ${bypass} is below errorRateMax ${errorRateMax}: a cooldown would never hold`;
  return [{ path: ['signals', 'cooldown', 'bypassErrorRate'], code: 'not-valid', message }];
}

function latencyProblems({ signals, trafficManager }: Edge): readonly Problem[] {
  const { latencyAction, latencyFactor, latencyMaxMs } = signals;
  const message = '`latencyFactor` is missing: without it no region is slow';
  const unmeasured = 'Traffic Manager sees no requests: with `latencyMaxMs` every step that bakes waits for a person';
  return [
    ...(latencyAction === undefined || latencyFactor !== undefined
      ? []
      : [{ path: ['signals', 'latencyAction'], code: 'missing' as const, message }]),
    ...(latencyMaxMs === undefined || trafficManager === undefined
      ? []
      : [
          {
            path: ['signals', 'latencyMaxMs'],
            severity: 'warning' as const,
            code: 'no-effect' as const,
            message: unmeasured,
          },
        ]),
  ];
}

function dataProblems({ first, rpo, evidence }: Edge['data']): readonly Problem[] {
  const asking = [...(first ? ['first'] : []), ...(rpo === undefined ? [] : ['rpo'])];
  const message = (name: string): string => `without \`data.evidence\` nobody can tell \`${name}\`: name a query`;
  if (evidence !== undefined) {
    const unused = 'neither `data.first` nor `data.rpo` is set: what it says counts for nothing';
    return asking.length > 0
      ? []
      : [{ path: ['data', 'evidence'], severity: 'warning', code: 'no-effect', message: unused }];
  }
  return asking.map((name) => ({ path: ['data', name], code: 'missing', message: message(name) }));
}

function dampingProblems(damping: Signals['damping']): readonly Problem[] {
  if (damping === undefined) {
    return [];
  }
  const { reuse, suppress, halfLife, maxSuppress } = damping;
  if (reuse >= suppress) {
    const message = `reuse ${reuse} is not below suppress ${suppress}`;
    return [{ path: ['signals', 'damping', 'reuse'], code: 'not-valid', message }];
  }
  // As in afterFlap: a penalty grows no further than what decays to `reuse` in the longest time.
  const most = reuse * 2 ** (durationMs(maxSuppress) / durationMs(halfLife));
  const message =
    `maxSuppress ${maxSuppress} keeps the penalty at ${Math.floor(most)} (reuse ${reuse}, doubled for each halfLife ` +
    `${halfLife}), so suppress ${suppress} is never exceeded`;
  return most > suppress ? [] : [{ path: ['signals', 'damping', 'maxSuppress'], code: 'not-valid', message }];
}

/** Requests go to an origin of a weight from 1 to 1000, so the sum has limits too. */
function weightProblems({ weightTotal }: Edge['rules'], origins: number): readonly Problem[] {
  const most = origins * MAX_WEIGHT;
  if (origins === 0 || weightTotal === undefined || (weightTotal >= origins && weightTotal <= most)) {
    return [];
  }
  const message = `expected from ${origins} to ${most} for ${counted(origins)}, each of weight 1 to ${MAX_WEIGHT}, got ${weightTotal}`;
  return [{ path: ['rules', 'weightTotal'], code: 'not-valid', message }];
}

function drainProblems({ minServing, maxDrained }: Edge['rules'], origins: number): readonly Problem[] {
  const byShare = Math.floor((origins * percentNumber(maxDrained)) / 100);
  if (origins === 0 || (origins > minServing && byShare > 0)) {
    return [];
  }
  const name = origins > minServing ? 'maxDrained' : 'minServing';
  const limit = { maxDrained, minServing }[name];
  const message = `${name} ${limit} of ${counted(origins)}: none of them may ever be drained`;
  return [{ path: ['rules', name], severity: 'warning', code: 'no-effect', message }];
}

function counted(origins: number): string {
  return `${origins} ${origins === 1 ? 'origin' : 'origins'}`;
}
