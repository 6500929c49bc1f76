import { PlanCommandError } from '../../shared/errors.ts';
import { KILL_SWITCH } from '../../shared/reconcile/kill-switch.ts';
import { approvePlan, rejectPlan } from '../../shared/reconcile/plan-commands.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { commandOf } from './inputs.ts';
import { textOf } from './policy.ts';
import type { ScenarioEvent } from './scenario.ts';
import { put } from './seed.ts';
import type { Answer, Stage } from './stage.ts';

export async function command(stage: Stage, event: ScenarioEvent, index: number): Promise<void> {
  const given = commandOf(event, stage.world, index);
  const { target } = event;
  if (given === undefined || (typeof target === 'string' && !target.toLowerCase().includes('/profiles/p1'))) {
    stage.say({ decision: 'ignore', reason: given === undefined ? 'unknown-action' : 'out-of-scope' });
    return;
  }
  await stage.attempt(undefined, async () => {
    const outcome = await stage.app.edges.command(given);
    if (outcome === undefined) {
      return;
    }
    const approvers = Array.isArray(event['approvedBy']) ? (event['approvedBy'] as unknown[]).map(String) : [];
    if (outcome.decision !== 'pending-approval' || approvers.length === 0) {
      stage.say(outcome);
      return;
    }
    stage.say(await approve(stage, outcome.plan ?? '', outcome.digest ?? '', approvers));
  });
}

async function approve(stage: Stage, plan: string, digest: string, approvers: readonly string[]): Promise<Answer> {
  const target = edgeTarget(stage.world.edge);
  const now = (): Date => stage.world.clock.now();
  let refusal: string | undefined;
  let isAgreed = false;
  let given = 0;
  let needed = 0;
  for (const by of approvers) {
    try {
      const { agreed, plan: after } = await approvePlan(stage.app.rows, target, { plan, digest, by, now });
      isAgreed = agreed;
      given = after.consent?.given.length ?? 0;
      needed = after.consent?.needed ?? 0;
    } catch (error) {
      if (!(error instanceof PlanCommandError)) {
        throw error;
      }
      refusal = await refusalOf(stage, error, plan);
    }
  }
  if (!isAgreed) {
    const isRefused = refusal === 'approval-expired' || refusal === 'declined';
    return { decision: isRefused ? 'refuse' : 'pending-approval', reason: refusal ?? `approvals ${given}/${needed}` };
  }
  return (await stage.app.edges.look(stage.world.edge.id)) ?? { decision: 'noop', reason: 'verified' };
}

async function refusalOf(stage: Stage, { reason }: PlanCommandError, id: string): Promise<string> {
  const plan = await stage.app.rows.plan(edgeTarget(stage.world.edge), id);
  if (plan?.state === 'expired') {
    return 'approval-expired';
  }
  if (plan?.state === 'rejected') {
    return 'declined';
  }
  return plan?.state === 'superseded' ? 'plan-changed' : reason;
}

export async function approval(stage: Stage, event: ScenarioEvent): Promise<void> {
  const { planHash, executionId, tokenFor, decision = 'approve', by = 'somebody' } = event as unknown as Approval;
  await stage.attempt(undefined, async () => {
    const waiting = await firstPlan(stage);
    const isForeign = tokenFor !== undefined && tokenFor !== executionId;
    if (waiting === undefined || isForeign) {
      stage.say({ decision: 'refuse', reason: 'approval-mismatch' });
      return;
    }
    if (/^(declin|reject|den|no)/i.test(decision)) {
      await rejectPlan(stage.app.rows, edgeTarget(stage.world.edge), {
        plan: waiting.id,
        by,
        now: () => stage.world.clock.now(),
      });
      stage.say({ decision: 'refuse', reason: 'declined' });
      return;
    }
    await stage.app.edges.look(stage.world.edge.id);
    const digest = planHash === undefined || planHash === 'current' ? waiting.digest : planHash;
    stage.say(await approve(stage, waiting.id, digest, [by]));
  });
}

/** The plan that people were asked about first. */
async function firstPlan(stage: Stage): Promise<Plan | undefined> {
  const rows = await stage.world.rows.list('edges', 'plan|');
  const plans = rows.map(({ value }) => value as unknown as Plan).filter(({ consent }) => consent !== undefined);
  return (
    plans.toSorted((a, b) => (a.created < b.created ? 1 : -1)).find(({ state }) => state === 'waiting') ?? plans[0]
  );
}

export async function killSwitch(stage: Stage, event: ScenarioEvent): Promise<void> {
  const said = event['on'] ?? event['state'] ?? event['value'] ?? event['set'] ?? true;
  const isOn = said === true || said === 'on';
  await put(stage.world, KILL_SWITCH, { on: isOn, by: textOf(event['by'], 'operator'), reason: 'scenario' });
  await stage.report(async (app) => await app.edges.look(stage.world.edge.id));
}

interface Approval {
  readonly by?: string;
  readonly decision?: string;
  readonly planHash?: string;
  readonly executionId?: string;
  readonly tokenFor?: string;
}
