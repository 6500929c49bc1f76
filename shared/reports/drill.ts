import type { PlanEffect } from '../reconcile/plan-effect.ts';
import { findDrills, type Drill } from './drill-found.ts';
import { turnedFor, verdictOn, type DrillVerdict } from './drill-verdict.ts';
import { percent, spell } from './names.ts';
import type { Run } from './run.ts';

/** What came of the drill of one origin. */
export interface DrillReport extends DrillVerdict {
  /** The origin's own name. */
  readonly origin: string;
  /** What happened and how long it took, or what was measured then. */
  readonly rows: readonly (readonly [string, string])[];
}

/** What came of the drills that a plan began or ended, one for each origin. Pure. @returns none for a plan of no drill. */
export function drillsOf(run: Run): readonly DrillReport[] {
  return findDrills(run).map((drill) => ({ origin: drill.name, ...verdictOn(drill), rows: rowsOf(drill) }));
}

function rowsOf({ intent, there, back, outAt, backAt, left, end, pages }: Drill): DrillReport['rows'] {
  const asked = intent.openedAt;
  const turned = turnedFor({ there, end });
  return [
    ...took('command to first write', asked, there.journal[0]?.at),
    ...took('command to out at the control plane', asked, outAt),
    ...shown('command to left by the edge', { from: asked, writtenAt: outAt, effect: left }),
    ...took('out, by the control plane', outAt, backAt),
    ...(turned === undefined ? [] : [['came back by itself', turned] as const]),
    ...took('end of the drill to back at the control plane', end?.at, backAt),
    ...shown('end of the drill to back at the edge', { from: end?.at, writtenAt: backAt, effect: back?.effect }),
    ...numbersOf('while it was out', left),
    ...numbersOf('when it was back', backAt === undefined ? undefined : back?.effect),
    ...(pages.length === 0 ? [] : [['people were called for', pages.join(', ')] as const]),
  ];
}

function took(what: string, from: string | undefined, to: string | undefined): DrillReport['rows'] {
  return from === undefined || to === undefined ? [] : [[what, spell(Date.parse(to) - Date.parse(from))]];
}

/** What is said where no time can be: until the edge showed it. */
const NOT_SHOWN: Readonly<Record<Exclude<PlanEffect['state'], 'effective'>, string>> = {
  waiting: 'not shown yet',
  'not-effective': 'not shown within its time: it was served as before, or requests failed',
  unknown: 'not shown: nothing measured tells',
  overtaken: 'not shown: another plan came first',
};

interface Showing {
  readonly from: string | undefined;
  /** When the control plane had it: before that there is nothing to show. */
  readonly writtenAt: string | undefined;
  readonly effect: PlanEffect | undefined;
}

function shown(what: string, { from, writtenAt, effect }: Showing): DrillReport['rows'] {
  if (from === undefined || writtenAt === undefined) {
    return [];
  }
  return effect?.state === 'effective'
    ? took(what, from, effect.at)
    : [[what, effect === undefined ? 'not shown' : NOT_SHOWN[effect.state]]];
}

function numbersOf(when: string, effect: PlanEffect | undefined): DrillReport['rows'] {
  const { shares, dnsShares, errorRate, latencyMs } = effect?.numbers ?? {};
  return [
    ...partsOf(`requests ${when}`, shares),
    ...partsOf(`DNS answers ${when}`, dnsShares),
    ...(errorRate === undefined ? [] : [[`failed requests ${when}`, percent(errorRate)] as const]),
    ...(latencyMs === undefined ? [] : [[`slowest answers ${when}`, `${Math.round(latencyMs)} ms`] as const]),
  ];
}

function partsOf(what: string, shares: Readonly<Record<string, number>> = {}): DrillReport['rows'] {
  const parts = Object.entries(shares).map(([name, share]) => `${name} ${percent(share)}`);
  return parts.length === 0 ? [] : [[what, parts.join(', ')]];
}
