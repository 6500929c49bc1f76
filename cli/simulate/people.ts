import { PlanCommandError } from '../../shared/errors.ts';
import { wordOn } from '../../shared/pipeline/edges/answer.ts';
import { KILL_SWITCH } from '../../shared/reconcile/guards/kill-switch.ts';
import { approvePlan, rejectPlan } from '../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { commandOf } from './inputs.ts';
import { textOf } from './policy.ts';
import type { ScenarioEvent } from './scenario.ts';
import { killSwitchOf, put } from './seed.ts';
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
  await stage.app.edges.look(stage.world.edge.id);
  return await becameOf(stage, plan);
}

/** What became of what people have agreed to. */
async function becameOf({ app, world }: Stage, id: string): Promise<Answer> {
  const target = edgeTarget(world.edge);
  const plan = await app.rows.plan(target, id);
  const { intents } = await app.rows.load(target);
  const words = (plan?.serves ?? []).map(({ key }) => wordOn(intents.get(key), undefined));
  return words.find(({ decision }) => decision !== 'shift') ?? words[0] ?? { decision: 'noop', reason: 'verified' };
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
    const isForeign = (tokenFor !== undefined && tokenFor !== executionId) || !isAsked(stage, executionId);
    if (waiting === undefined || isForeign) {
      stage.say({ decision: 'refuse', reason: 'approval-mismatch' });
      return;
    }
    if (/^(declin|reject|den|no)/i.test(decision)) {
      stage.say(await decline(stage, waiting.id, by));
      return;
    }
    await stage.app.edges.look(stage.world.edge.id);
    const digest = planHash === undefined || planHash === 'current' ? waiting.digest : planHash;
    stage.say(await approve(stage, waiting.id, digest, [by]));
  });
}

/** True unless the runbooks say by which names they are known, and this is none of them. */
function isAsked({ world }: Stage, executionId: string | undefined): boolean {
  const { event, events = [] } = world.scenario;
  const names = [...events, ...(event === undefined ? [] : [event])]
    .filter(({ kind }) => kind === 'runbook')
    .flatMap((one) => [one['executionId'], one['id']].filter((name) => name !== undefined));
  return executionId === undefined || names.length === 0 || names.includes(executionId);
}

async function decline(stage: Stage, plan: string, by: string): Promise<Answer> {
  const now = (): Date => stage.world.clock.now();
  try {
    await rejectPlan(stage.app.rows, edgeTarget(stage.world.edge), { plan, by, now });
    return { decision: 'refuse', reason: 'declined' };
  } catch (error) {
    if (!(error instanceof PlanCommandError)) {
      throw error;
    }
    const reason = await refusalOf(stage, error, plan);
    return { decision: reason === 'plan-changed' ? 'pending-approval' : 'refuse', reason };
  }
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
  await put(stage.world, KILL_SWITCH, {
    on: killSwitchOf(said),
    by: textOf(event['by'], 'operator'),
    reason: 'scenario',
  });
  await stage.report(async (app) => await app.edges.look(stage.world.edge.id));
}

interface Approval {
  readonly by?: string;
  readonly decision?: string;
  readonly planHash?: string;
  readonly executionId?: string;
  readonly tokenFor?: string;
}
