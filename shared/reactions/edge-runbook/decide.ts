import type { EdgeCommand, GivenCommand } from '../../commands/edge-command.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { EdgePolicy } from '../../domain/traffic/policy.ts';
import { servingTier } from '../../domain/traffic/serving.ts';
import { MAX_WEIGHT, MIN_WEIGHT, weightsFor } from '../../domain/traffic/weights.ts';
import type { HoldWish, OutWish, PinWish, SharesWish } from '../../domain/traffic/wishes.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import { neededFor, overrides } from './overriding.ts';

/** What is read before a command is turned into intents. */
export interface RunbookFacts {
  /** ARM id of the edge. */
  readonly edge: string;
  readonly policy: EdgePolicy;
  readonly origins: readonly Origin[];
  /** Subjects (origin ids) that open or leaving intents of anybody hold out. */
  readonly heldOut: readonly string[];
  /** Origin ids whose weights open shares of anybody have set. */
  readonly weighted?: readonly string[];
  /** Weights that origins come back to, and pass on no step: they are only just well. Absent: what stands there. */
  readonly baselines?: Readonly<Record<string, number>>;
  /** Subjects of open pins with what they say. */
  readonly pins: Readonly<Record<string, 'in' | 'out'>>;
}

/** What a command asks for: intents to open, subjects to let go, or why not. */
export interface RunbookDecision {
  readonly requests: readonly IntentRequest[];
  /** Origin ids whose drains end, or the shares that have set their weights. */
  readonly releases: readonly string[];
  /** Weights on the way back, for `releases`. */
  readonly back?: readonly number[];
  /** Origin ids whose pins end; the edge's own id where a hold ends. */
  readonly unpinned: readonly string[];
  readonly refusal?: { readonly decision: 'refuse' | 'noop'; readonly reason: string; readonly page: boolean };
}

const NOTHING: RunbookDecision = { requests: [], releases: [], unpinned: [] };

/**
 * Turns a person's command into intents of theirs. Pure. Whether they may come true is the target's question: its rules,
 * its approvals.
 */
export function decideRunbook(given: GivenCommand, facts: RunbookFacts): RunbookDecision {
  const { asked } = given;
  switch (asked.command) {
    case 'failover':
    case 'drill':
      return drain(given, asked, facts);
    case 'failback':
      return restore(asked, facts);
    case 'set-shares':
      return setShares(given, asked.shares, facts);
    case 'set-weights':
      return setWeights(given, asked.weights, facts);
    case 'shift-weight':
      return setWeights(given, shifted(asked, facts), facts);
    case 'pin':
      return eachOrigin(asked.origin, facts, (origin) => pin(given, asked, { origin, facts }));
    case 'unpin':
      return eachOrigin(asked.origin, facts, ({ id }) => ({ ...NOTHING, unpinned: [id] }));
    case 'hold': {
      const value: HoldWish = { held: true, ...(asked.until === undefined ? {} : { until: asked.until }) };
      return { ...NOTHING, requests: [requestOf(given, { kind: 'hold', subject: facts.edge, value }, facts)] };
    }
    case 'unhold':
      return { ...NOTHING, unpinned: [facts.edge] };
  }
}

type Asked<Command extends EdgeCommand['command']> = Extract<EdgeCommand, { command: Command }>;

function drain(given: GivenCommand, asked: Asked<'failover' | 'drill'>, facts: RunbookFacts): RunbookDecision {
  return eachOrigin(asked.origin, facts, (origin) => {
    // A drill of what is out proves nothing; a drain outlasts whoever else keeps it out.
    const isOut = !origin.enabled || origin.isShut === true;
    if (isOut && (asked.command === 'drill' || !facts.heldOut.includes(origin.id))) {
      return refused('noop', 'already-drained');
    }
    const via = asked.command === 'failover' ? (asked.steps ?? []).filter((weight) => weight >= MIN_WEIGHT) : [];
    // Whoever asks for steps wants a planned move, sick or not; a sick region is left at once otherwise.
    const isEmergency = asked.command === 'failover' && via.length === 0 && origin.healthy === false;
    const value: OutWish = {
      enabled: false,
      urgency: asked.command === 'drill' ? 'drill' : isEmergency ? 'emergency' : 'planned',
      ...(via.length === 0 ? {} : { via }),
      ...(asked.command === 'failover' && asked.through !== undefined ? { through: asked.through } : {}),
      ...(asked.command === 'drill' ? { untilMs: asked.durationSeconds * 1000 } : {}),
      ...overrides(asked),
    };
    return { ...NOTHING, requests: [requestOf(given, { kind: 'out', subject: origin.id, value }, facts)] };
  });
}

function restore(asked: Asked<'failback'>, facts: RunbookFacts): RunbookDecision {
  const { heldOut, weighted = [], baselines = {} } = facts;
  return eachOrigin(asked.origin, facts, (origin) => {
    if (heldOut.includes(origin.id)) {
      const back = asked.steps?.filter((weight) => weight >= MIN_WEIGHT);
      const baseline = baselines[origin.id] ?? origin.weight;
      if (back?.some((weight) => weight > baseline) === true) {
        return refused('refuse', `above-baseline ${baseline}`);
      }
      return { ...NOTHING, releases: [origin.id], ...(back === undefined || back.length === 0 ? {} : { back }) };
    }
    if (origin.enabled && weighted.includes(origin.id)) {
      return { ...NOTHING, releases: [origin.id] };
    }
    return origin.enabled ? refused('noop', 'verified') : { ...refused('refuse', 'no-snapshot', true) };
  });
}

function setShares(
  given: GivenCommand,
  shares: Readonly<Record<string, number>>,
  facts: RunbookFacts,
): RunbookDecision {
  const found = resolved(shares, facts);
  if (typeof found === 'string') {
    return refused('refuse', `config-error:${found}`, true);
  }
  if (found.some(({ value }) => !isShare(value))) {
    return refused('refuse', 'config-error:not-a-share', true);
  }
  const some = found.filter(({ value }) => value > 0);
  if (some.length === 0) {
    return refused('refuse', 'last-enabled');
  }
  const sum = some.reduce((all, { origin }) => all + origin.weight, 0);
  const weights = weightsFor(
    some.map(({ origin, value }) => ({ name: origin.name, share: value })),
    facts.policy.weightTotal ?? sum,
  );
  const all = found.map(({ origin }) => [origin.name, weights.get(origin.name) ?? 0] as const);
  return setWeights(given, Object.fromEntries(all), facts);
}

/**
 * A weight of 0 is what people write for "none": the origin goes out and keeps its weight. Weights above the greatest
 * keep their ratio.
 */
function setWeights(
  given: GivenCommand,
  weights: Readonly<Record<string, number>>,
  facts: RunbookFacts,
): RunbookDecision {
  const found = resolved(weights, facts);
  if (typeof found === 'string') {
    return refused('refuse', `config-error:${found}`, true);
  }
  const serving = new Set(
    servingTier(facts.origins.map((origin) => ({ ...origin, healthy: true }))).map(({ id }) => id),
  );
  const none = found.filter(({ value }) => value === 0);
  if (none.length > 0 && [...serving].every((id) => none.some(({ origin }) => origin.id === id))) {
    return refused('refuse', 'last-enabled');
  }
  if (found.some(({ value }) => !isShare(value))) {
    return refused('refuse', 'config-error:not-a-weight', true);
  }
  const { asked } = given;
  const scale = Math.min(1, MAX_WEIGHT / Math.max(...found.map(({ value }) => value)));
  const wish: SharesWish = {
    weights: Object.fromEntries(
      found
        .filter(({ value }) => value > 0)
        .map(({ origin, value }) => [origin.id, Math.max(MIN_WEIGHT, Math.round(value * scale))]),
    ),
    ...overrides(asked),
  };
  const out: OutWish = { enabled: false, urgency: 'planned', ...overrides(asked) };
  return {
    ...NOTHING,
    requests: [
      ...(none.length === found.length
        ? []
        : [requestOf(given, { kind: 'shares', subject: facts.edge, value: wish }, facts)]),
      ...none.map(({ origin }) => requestOf(given, { kind: 'out', subject: origin.id, value: out }, facts)),
    ],
  };
}

function isShare(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function pin(
  given: GivenCommand,
  { state, until }: Asked<'pin'>,
  { origin, facts }: { readonly origin: Origin; readonly facts: RunbookFacts },
): RunbookDecision {
  const other = facts.pins[origin.id];
  if (other !== undefined && other !== state) {
    return refused('refuse', 'contradicts-pin');
  }
  const value: PinWish = { pinned: state, ...(until === undefined ? {} : { until }) };
  return { ...NOTHING, requests: [requestOf(given, { kind: 'pin', subject: origin.id, value }, facts)] };
}

function requestOf(
  { id, by, at, asked }: GivenCommand,
  {
    kind,
    subject,
    value,
  }: { readonly kind: string; readonly subject: string; readonly value: OutWish | SharesWish | PinWish | HoldWish },
  { policy }: RunbookFacts,
): IntentRequest {
  // What a drill takes away comes back by itself, unless a rule is overridden for it.
  const isDrill = asked.command === 'drill' && asked.override.length === 0;
  const needed = isDrill || kind === 'pin' || kind === 'hold' ? 0 : neededFor(asked, policy);
  return {
    subject,
    by: { person: by },
    cause: id,
    kind,
    value: value as unknown as JsonObject,
    mode: asked.dryRun ? 'observe' : needed > 0 ? 'propose' : 'enforce',
    reason: asked.reason === '' ? asked.command : asked.reason,
    signals: [id],
    ...(needed > 0 ? { approvals: { needed, withinMs: policy.approvals.withinMs } } : {}),
    asOf: at,
  };
}

interface Found {
  readonly origin: Origin;
  readonly value: number;
}

/** Less weight for everything that is named, by per cent of what stands there. */
function shifted(
  { origin: name, percent }: Asked<'shift-weight'>,
  { origins }: RunbookFacts,
): Readonly<Record<string, number>> {
  const less = (weight: number): number => Math.max(MIN_WEIGHT, Math.round(weight * (1 - percent / 100)));
  const found = named(name, origins).map((origin) => [origin.name, less(origin.weight)] as const);
  return Object.fromEntries(found.length === 0 ? [[name, MIN_WEIGHT]] : found);
}

/** The origins that are named, each once, or why they cannot be told. */
function resolved(
  values: Readonly<Record<string, number>>,
  { origins }: Pick<RunbookFacts, 'origins'>,
): readonly Found[] | 'unknown-region' | 'ambiguous-region' | 'named-twice' {
  const found = Object.entries(values).map(([name, value]) => ({ value, all: named(name, origins) }));
  if (found.length === 0 || found.some(({ all }) => all.length === 0)) {
    return 'unknown-region';
  }
  if (found.some(({ all }) => all.length > 1)) {
    return 'ambiguous-region';
  }
  const known = found.flatMap(({ all, value }) => all.map((origin) => ({ origin, value })));
  return new Set(known.map(({ origin }) => origin.id)).size < known.length ? 'named-twice' : known;
}

/** Does the same with every origin that is named, or with none of them. */
function eachOrigin(
  name: string,
  { origins }: Pick<RunbookFacts, 'origins'>,
  then: (origin: Origin) => RunbookDecision,
): RunbookDecision {
  const decided = named(name, origins).map(then);
  const refusals = decided.flatMap(({ refusal }) => refusal ?? []);
  if (decided.length === 0) {
    return refused('refuse', 'config-error:unknown-region', true);
  }
  const isAll = refusals.length === decided.length;
  const refusal = refusals.find(({ decision }) => decision === 'refuse') ?? (isAll ? refusals[0] : undefined);
  if (refusal !== undefined) {
    return { ...NOTHING, refusal };
  }
  const back = decided.find((one) => one.back !== undefined)?.back;
  return {
    requests: decided.flatMap(({ requests }) => requests),
    releases: decided.flatMap(({ releases }) => releases),
    unpinned: decided.flatMap(({ unpinned }) => unpinned),
    ...(back === undefined ? {} : { back }),
  };
}

/** The origin of that name, or all origins of that region. */
function named(name: string, origins: readonly Origin[]): readonly Origin[] {
  const wanted = name.toLowerCase();
  const byName = origins.filter((origin) => origin.name.toLowerCase() === wanted);
  return byName.length > 0 ? byName : origins.filter((origin) => origin.region.toLowerCase() === wanted);
}

function refused(decision: 'refuse' | 'noop', reason: string, page = false): RunbookDecision {
  return { ...NOTHING, refusal: { decision, reason, page } };
}
