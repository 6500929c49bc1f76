import type { Verification } from '../../domain/image/verification.ts';
import { compareText } from '../findings.ts';
import type { MergedFleet } from '../read/merge.ts';
import type { FleetCluster, FleetStage } from '../model.ts';
import { durationMs } from '../schema/scalars.ts';
import type { SectionEntry } from '../schema.ts';
import { isSelected } from '../selectors.ts';

type Stage = SectionEntry['rollouts'][number];

/** How a stage goes on to the next, and when it takes anything. */
export function expandPromotion(
  stage: Stage,
  clusters: readonly FleetCluster[],
  { defaults, freezes }: Pick<MergedFleet, 'defaults' | 'freezes'>,
): Pick<FleetStage, 'soakMs' | 'newer' | 'windows' | 'freezes' | 'approvals' | 'verify' | 'timeZone'> {
  const { soak, newer, windows, approvals, verify, timeZone = defaults.timeZone } = stage;
  const frozen = freezesOf(clusters, freezes);
  return {
    verify: verify.map(expandVerification),
    ...(soak === undefined ? {} : { soakMs: durationMs(soak) }),
    ...(newer === 'restart' ? {} : { newer }),
    ...(windows === undefined ? {} : { windows }),
    ...(frozen.length === 0 ? {} : { freezes: frozen }),
    ...(windows === undefined && frozen.length === 0 ? {} : { timeZone }),
    ...(approvals === undefined
      ? {}
      : { approvals: { needed: approvals.needed, withinMs: durationMs(approvals.within) } }),
  };
}

/** Freezes that no image is excepted from: those of the whole fleet, and those of any cluster of the stage. */
function freezesOf(
  clusters: readonly FleetCluster[],
  freezes: MergedFleet['freezes'],
): NonNullable<FleetStage['freezes']> {
  return freezes
    .map(({ value }) => value)
    .filter(({ select, except }) => {
      const isAbout = select === undefined || clusters.some((cluster) => isSelected(select, cluster));
      return isAbout && !except.includes('images');
    })
    .map(({ from, to }) => ({ from, to }))
    .toSorted((a, b) => compareText(`${a.from} ${a.to}`, `${b.from} ${b.to}`));
}

const DEFAULT_TIMEOUT = '30m';

function expandVerification(entry: Stage['verify'][number]): Verification {
  if (typeof entry === 'string') {
    return { kind: 'commitStatus', contexts: [], timeoutMs: durationMs(DEFAULT_TIMEOUT) };
  }
  const { commitStatus, checkRun, workflow, http, metric, logs } = entry;
  if (checkRun !== undefined) {
    const { names, app, timeout } = checkRun;
    return { kind: 'checkRun', names, ...(app === undefined ? {} : { app }), timeoutMs: durationMs(timeout) };
  }
  if (workflow !== undefined) {
    const { timeout, ref, ...rest } = workflow;
    return { kind: 'workflow', ...rest, ...(ref === undefined ? {} : { ref }), timeoutMs: durationMs(timeout) };
  }
  if (http !== undefined) {
    const { timeout, ...rest } = http;
    return { kind: 'http', ...rest, timeoutMs: durationMs(timeout) };
  }
  if (metric !== undefined) {
    const { timeout, over, max, min, ...rest } = metric;
    const limits = { ...(max === undefined ? {} : { max }), ...(min === undefined ? {} : { min }) };
    return { kind: 'metric', ...rest, ...limits, minutes: over, timeoutMs: durationMs(timeout) };
  }
  if (logs !== undefined) {
    const { timeout, over, max, min, workspace, ...rest } = logs;
    const limits = { ...(max === undefined ? {} : { max }), ...(min === undefined ? {} : { min }) };
    const about = { ...rest, workspace: workspace.toLowerCase(), minutes: over };
    return { kind: 'logs', ...about, ...limits, timeoutMs: durationMs(timeout) };
  }
  const { contexts = [], timeout = DEFAULT_TIMEOUT } = commitStatus ?? {};
  return { kind: 'commitStatus', contexts, timeoutMs: durationMs(timeout) };
}
