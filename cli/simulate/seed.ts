import type { EdgeEvidence } from '../../shared/domain/traffic/evidence.ts';
import { NO_PENALTY, type Penalty } from '../../shared/domain/traffic/damping.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import { KILL_SWITCH } from '../../shared/reconcile/guards/kill-switch.ts';
import { SWITCHES } from '../../shared/reconcile/guards/switches.ts';
import type { Field } from '../../shared/reconcile/target-kind.ts';
import { TargetRows } from '../../shared/reconcile/target-rows.ts';
import { evidenceKey } from '../../shared/domain/traffic/evidence.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { alertId } from './inputs.ts';
import type { World } from './world.ts';

/** Writes what was known before the scenario began into the app's own rows. */
export async function seedRows(world: World): Promise<void> {
  const { state } = world.scenario;
  const rows = new TargetRows(world.rows);
  const target = edgeTarget(world.edge);
  const evidence = evidenceOf(world);
  await rows.save(target, await rows.load(target), {
    lane: { fields: fieldsOf(world) },
    intents: [...outsOf(world), ...pinsOf(world)],
    facts: [{ rowKey: evidenceKey(world.edge.id), value: evidence }],
  });
  if (state.killSwitch !== undefined) {
    await put(world, KILL_SWITCH, { on: killSwitchOf(state.killSwitch), by: 'scenario', reason: 'as it began' });
  }
  if (state.gates !== undefined || state.firing !== undefined) {
    await put(world, SWITCHES, { automation: state.gates?.['automation'] ?? 'on', firing: state.firing ?? [] });
  }
}

/** What the kill switch's row says; what is neither on nor off cannot be read as either. */
export function killSwitchOf(said: unknown): boolean | null {
  return said === true || said === 'on' ? true : said === false || said === 'off' ? false : null;
}

/** Sets a row of the switches. */
export async function put(
  world: World,
  { partition, rowKey }: { readonly partition: string; readonly rowKey: string },
  value: JsonObject,
): Promise<void> {
  await world.rows.transact(partition, [{ kind: 'put', rowKey, value }]);
}

function evidenceOf(world: World): EdgeEvidence {
  const { state } = world.scenario;
  const drained = new Set((state.drained ?? []).map((region) => region.toLowerCase()));
  const regions = world.edge.origins.flatMap(({ name }) => {
    const penalty = penaltyOf(world, name);
    const status = drained.has(name) ? ('bad' as const) : ('unknown' as const);
    return drained.has(name) || penalty !== NO_PENALTY
      ? [[name, { votes: [], health: { status, penalty } }] as const]
      : [];
  });
  return {
    schema: 1,
    regions: Object.fromEntries(regions),
    alerts: {},
    closed: (state.closedAlerts ?? []).map((id) => alertId(id)),
    shifts: shiftsOf(world),
    paged: {},
  };
}

function shiftsOf(world: World): Readonly<Record<string, number>> {
  const { lastShiftAt, shiftAt, drained = [] } = world.scenario.state;
  const at = (seconds: number): number => world.at(seconds).getTime();
  const byRegion =
    typeof shiftAt === 'object'
      ? Object.entries(shiftAt).map(([region, seconds]) => [region.toLowerCase(), at(seconds)] as const)
      : typeof shiftAt === 'number'
        ? (drained.length > 0 ? drained : ['*']).map((region) => [region.toLowerCase(), at(shiftAt)] as const)
        : [];
  return Object.fromEntries([...byRegion, ...(lastShiftAt === undefined ? [] : [['*', at(lastShiftAt)] as const])]);
}

function penaltyOf(world: World, name: string): Penalty {
  const { penalty = {}, now = 0 } = world.scenario.state;
  const points = Object.entries(penalty).find(([region]) => region.toLowerCase() === name)?.[1];
  const { damping } = world.edge.policy.evidence;
  if (points === undefined || damping === undefined) {
    return NO_PENALTY;
  }
  const at = world.at(now).getTime();
  const heldMs = Math.min(damping.maxSuppressMs, damping.halfLifeMs * Math.log2(points / damping.reuse));
  return { points, at, suppressedUntil: points > damping.suppress ? at + heldMs : 0 };
}

/** Baselines and last-written values: those that the scenario gives, or what stands there where only one is given. */
function fieldsOf(world: World): readonly Field[] {
  const { state, origins } = world.scenario;
  const { snapshot = [], lastWritten = [], drained = [], ramp = {} } = state;
  const named = <One extends { readonly region: string }>(all: readonly One[], name: string): One | undefined =>
    all.find(({ region }) => region.toLowerCase() === name);
  return world.edge.origins.flatMap(({ id, name }): readonly Field[] => {
    const live = named(origins, name);
    const before = named(snapshot, name);
    const ours = named(lastWritten, name);
    const isDrained = drained.some((region) => region.toLowerCase() === name);
    const rampWeight = Object.entries(ramp).find(([region]) => region.toLowerCase() === name)?.[1];
    const fields: Field[] = [];
    if ((isDrained && (before !== undefined || ours !== undefined)) || (before !== undefined && ours !== undefined)) {
      const written = ours?.enabled ?? (isDrained ? false : live?.enabled) ?? true;
      const baseline: JsonObject = before?.enabled === undefined ? {} : { enabled: before.enabled };
      fields.push({ subject: id, group: 'enabled', baseline, written: { enabled: written } });
    }
    const writtenWeight = ours?.weight ?? rampWeight ?? live?.weight;
    const isMoved =
      before?.weight !== undefined && (ours !== undefined || before.weight !== (rampWeight ?? live?.weight));
    if (isMoved && writtenWeight !== undefined) {
      fields.push({
        subject: id,
        group: 'weight',
        baseline: { weight: before.weight ?? 1 },
        written: { weight: writtenWeight },
      });
    }
    return fields;
  });
}

function outsOf(world: World): readonly Intent[] {
  const at = world.at(Math.min(0, world.scenario.state.now ?? 0)).toISOString();
  const { drained = [], ramp = {} } = world.scenario.state;
  const outs = drained.map((region): Intent => ({
    schema: 1,
    subject: world.originId(region),
    by: { reaction: 'region-failover' },
    cause: 'region-bad',
    kind: 'out',
    value: { enabled: false, urgency: 'emergency' },
    mode: 'enforce',
    reason: 'the region is bad',
    signals: ['before'],
    asOf: at,
    openedAt: at,
    state: 'open',
    note: 'effective',
  }));
  const weights = Object.entries(ramp).map(([region, weight]) => [world.originId(region), weight] as const);
  const shares: Intent = {
    schema: 1,
    subject: world.edge.id,
    by: { person: 'operator' },
    cause: 'ramp',
    kind: 'shares',
    value: { weights: Object.fromEntries(weights) },
    mode: 'enforce',
    reason: 'a ramp',
    signals: ['before'],
    asOf: at,
    openedAt: at,
    state: 'open',
    note: 'effective',
  };
  return weights.length === 0 ? outs : [...outs, shares];
}

function pinsOf(world: World): readonly Intent[] {
  const at = world.at(0).toISOString();
  return (world.scenario.state.pins ?? []).map(({ region, state, by = 'operator', until }): Intent => ({
    schema: 1,
    subject: world.originId(region),
    by: { person: by },
    cause: 'pin',
    kind: 'pin',
    value: { pinned: state, ...(until === undefined ? {} : { until: world.at(until).toISOString() }) },
    mode: 'enforce',
    reason: 'a pin',
    signals: ['before'],
    asOf: at,
    openedAt: at,
    state: 'open',
    note: 'effective',
  }));
}
