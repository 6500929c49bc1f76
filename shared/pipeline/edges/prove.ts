import type { OutWish } from '../../domain/traffic/wishes.ts';
import { RowConflictError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { Plan } from '../../reconcile/plan.ts';
import type { PlanEffect } from '../../reconcile/plan-effect.ts';
import type { TargetRows, TargetState, Transition } from '../../reconcile/target-rows.ts';
import { edgeTarget } from '../../targets/edge/index.ts';
import { evidenceRow, intentsOf, readEvidence, type EdgeTools } from './look.ts';
import { readEdge } from './read-edge.ts';
import { effectMeasures, effectNumbers, effectOf, effectOfPlan, type Seen } from './verify.ts';

interface Context {
  readonly rows: TargetRows;
  readonly tools: EdgeTools;
}

/**
 * Holds what is written against what the edge shows: of plans that are done their effect is written down, and people are
 * called once where what we have drained is still served.
 *
 * @returns true while it is.
 */
export async function hasNoEffect(edge: FleetEdge, before: TargetState, context: Context): Promise<boolean> {
  const { rows, tools } = context;
  const evidence = await readEvidence(tools.rows, edge);
  const isTold = evidence.paged['effect'] === 'not-effective';
  const isProven = before.lane.unproven === undefined;
  if (before.lane.fields.length === 0 && !isTold && isProven) {
    return false;
  }
  const { seen: observed } = await readEdge(edge, evidence, tools);
  const now = tools.clock.now();
  const seen = observed === undefined ? undefined : { observed, regions: evidence.regions, now };
  const effect = seen === undefined ? undefined : effectOf(edge, before, seen);
  try {
    const proven = isProven ? before : await prove(edge, before, { ...context, seen, now });
    const state = await proveDrill(edge, proven, { ...context, seen, now });
    if (effect === 'not-effective' && !isTold) {
      await rows.save(edgeTarget(edge), state, {
        facts: [evidenceRow(edge, { ...evidence, paged: { ...evidence.paged, effect } })],
        audit: [{ kind: 'paged', at: now.toISOString(), facts: { edge: edge.id, reason: effect } }],
      });
    }
    if (isTold && effect !== 'not-effective' && effect !== 'waiting') {
      const paged = Object.fromEntries(Object.entries(evidence.paged).filter(([about]) => about !== 'effect'));
      await rows.save(edgeTarget(edge), state, { facts: [evidenceRow(edge, { ...evidence, paged })] });
    }
  } catch (error) {
    // Whoever was faster looks as well, and the next tick looks again.
    if (!(error instanceof RowConflictError)) {
      throw error;
    }
  }
  return effect === 'not-effective';
}

interface Proving extends Context {
  readonly seen: Seen | undefined;
  readonly now: Date;
}

/** Writes down what the edge shows of each plan that is done; what two plans have written is told of the newer alone. */
async function prove(edge: FleetEdge, before: TargetState, { rows, seen, now }: Proving): Promise<TargetState> {
  const target = edgeTarget(edge);
  let state = before;
  for (const id of before.lane.unproven ?? []) {
    const isOvertaken = id !== before.lane.unproven?.at(-1) || before.lane.activePlan !== undefined;
    const plan = await rows.plan(target, id);
    const found = isOvertaken ? 'overtaken' : shownOf(plan, { seen, now });
    const news = plan === undefined ? withoutUnproven(state, id) : newsOf(state, plan, { found, seen, now });
    state = news === undefined ? state : await rows.save(target, state, news);
  }
  return state;
}

/**
 * Writes down what the edge shows while a drill holds its origin out: the plan of that is done only when it is back. What
 * went wrong once stays so: to find that out is what the drill is for.
 */
async function proveDrill(edge: FleetEdge, state: TargetState, { rows, seen, now }: Proving): Promise<TargetState> {
  const { activePlan } = state.lane;
  const isOut = intentsOf(edge, state, 'out').some(
    ({ value, note, ...intent }) =>
      (value as unknown as OutWish).urgency === 'drill' && intent.state === 'open' && note === 'effective',
  );
  if (!isOut || activePlan === undefined || seen === undefined) {
    return state;
  }
  const target = edgeTarget(edge);
  const plan = await rows.plan(target, activePlan);
  const found = plan?.journal.at(-1)?.state === 'written' ? effectOfPlan(plan, seen) : undefined;
  if (
    plan === undefined ||
    (found !== 'effective' && found !== 'not-effective') ||
    isToldAlready(plan.drilled, found)
  ) {
    return state;
  }
  return await rows.save(target, state, { plan: { ...plan, drilled: effectFound(found, { seen, now }) } });
}

function isToldAlready(drilled: PlanEffect | undefined, found: PlanEffect['state']): boolean {
  return drilled?.state === 'not-effective' || drilled?.state === found;
}

/** What the edge shows of a plan. What nothing tells of is waited for as long as it may take, and no longer. */
function shownOf(plan: Plan | undefined, { seen, now }: Pick<Proving, 'seen' | 'now'>): PlanEffect['state'] {
  if (plan === undefined || seen === undefined) {
    return 'waiting';
  }
  const isLate = (plan.effect?.until ?? '') <= now.toISOString();
  const found = effectOfPlan(plan, seen) ?? 'unknown';
  return found === 'unknown' && !isLate ? 'waiting' : found;
}

/** What is to be written down of a plan's effect; undefined where the row says it already. Pure. */
function newsOf(
  state: TargetState,
  plan: Plan,
  { found, seen, now }: Pick<Proving, 'seen' | 'now'> & { readonly found: PlanEffect['state'] },
): Transition | undefined {
  if (found === 'waiting' || found === plan.effect?.state) {
    return undefined;
  }
  const at = now.toISOString();
  const isFinal = found !== 'not-effective';
  return {
    plan: { ...plan, effect: effectFound(found, { seen, now }) },
    ...(isFinal ? withoutUnproven(state, plan.id) : {}),
    audit: found === 'effective' ? [{ kind: 'plan-effective', at, facts: { plan: plan.id } }] : [],
  };
}

function effectFound(found: PlanEffect['state'], { seen, now }: Pick<Proving, 'seen' | 'now'>): PlanEffect {
  const isTold = seen !== undefined && (found === 'effective' || found === 'not-effective');
  const by = isTold ? { by: effectMeasures(seen), numbers: effectNumbers(seen) } : {};
  return { state: found, at: now.toISOString(), ...by };
}

function withoutUnproven({ lane }: TargetState, id: string): Transition {
  const unproven = (lane.unproven ?? []).filter((one) => one !== id);
  return unproven.length === 0 ? { clear: ['unproven'] } : { lane: { unproven } };
}
