import type * as z from 'zod';

import { PlanCommandError } from '../../errors.ts';
import { sealEnvelope } from '../../pipeline/envelope.ts';
import {
  approvePlan,
  cancelPlan,
  holdPlan,
  rejectPlan,
  type PlanCommand,
} from '../../reconcile/consent/plan-commands.ts';
import type { Plan } from '../../reconcile/plan.ts';
import type { StoredPlan } from '../../reconcile/stored-plan.ts';
import { confirmStep } from '../../reconcile/consent/step-words.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { Answer } from '../../reflex.ts';
import { problem } from '../problem.ts';
import { missingGroup } from './approvers.ts';
import { planBefore } from './plan-behind.ts';
import { APPROVERS, json, OPERATORS, route, type Call, type PeopleTools, type Route } from './route.ts';
import { PlanView } from './plan-schemas.ts';
import { ApproveBody, CancelBody, ReasonBody, StepDoneBody } from './schemas.ts';
import { findPlan } from './stored-plans.ts';

const ANSWERS = { 200: { description: 'the plan as it stands now', schema: PlanView } };

/** What people may say about a plan. */
export const PLAN_WORDS: readonly Route[] = [
  route({
    method: 'POST',
    path: 'plans/{id}/approve',
    operation: 'approvePlan',
    summary: 'Say yes to exactly the steps that the digest names',
    roles: APPROVERS,
    body: ApproveBody,
    answers: ANSWERS,
    refusals: [409, 410],
    answer: async (call, tools) =>
      await decide(call, tools, async (rows, target, command) => {
        const { plan, agreed } = await approvePlan(rows, target, {
          ...command,
          digest: call.body.digest,
          groups: call.by.groups,
        });
        return { plan, isToWake: agreed };
      }),
  }),
  route({
    method: 'POST',
    path: 'plans/{id}/reject',
    operation: 'rejectPlan',
    summary: 'Say no: it is not proposed again until somebody asks for something else',
    roles: APPROVERS,
    body: ReasonBody,
    answers: ANSWERS,
    refusals: [409],
    answer: async (call, tools) =>
      await decide(call, tools, async (rows, target, command) => ({
        plan: await rejectPlan(rows, target, command),
        isToWake: false,
      })),
  }),
  route({
    method: 'POST',
    path: 'plans/{id}/step-done',
    operation: 'confirmStep',
    summary: 'Say that people have done a step that the plan waits for',
    roles: APPROVERS,
    body: StepDoneBody,
    answers: ANSWERS,
    refusals: [409],
    answer: async (call, tools) =>
      await decide(call, tools, async (rows, target, command) => {
        const { step, digest } = call.body;
        return { plan: await confirmStep(rows, target, { ...command, step, digest }), isToWake: true };
      }),
  }),
  ...(['pause', 'resume'] as const).map((hold) =>
    route({
      method: 'POST',
      path: `plans/{id}/${hold}`,
      operation: `${hold}Plan`,
      summary: hold === 'pause' ? 'Let it stand still before its next write' : 'Let it go on',
      roles: OPERATORS,
      body: ReasonBody,
      answers: ANSWERS,
      refusals: [409],
      answer: async (call, tools) =>
        await say(call, tools, async (rows, target, command) => ({
          plan: await holdPlan(rows, target, { ...command, hold }),
          isToWake: hold === 'resume',
        })),
    }),
  ),
  route({
    method: 'POST',
    path: 'plans/{id}/cancel',
    operation: 'cancelPlan',
    summary: 'End it: the write in flight is driven to its end, then what was written goes back',
    roles: OPERATORS,
    body: CancelBody,
    answers: ANSWERS,
    refusals: [409],
    answer: async (call, tools) =>
      await say(call, tools, async (rows, target, command) => ({
        plan: await cancelPlan(rows, target, command),
        isToWake: true,
      })),
  }),
];

type Saying = (
  rows: TargetRows,
  target: TargetRef,
  command: PlanCommand,
) => Promise<{ readonly plan: Plan; readonly isToWake: boolean }>;
type PlanCall = Call<unknown, z.infer<typeof ReasonBody>>;

/** Yes and no are for the approvers of the teams that the plan is about. */
async function decide(call: PlanCall, tools: PeopleTools, saying: Saying): Promise<Answer> {
  const found = await findPlan(tools.rows, call.params['id'] ?? '');
  const missing =
    found === undefined
      ? undefined
      : missingGroup(call.by, found, { fleet: await tools.fleet(), bound: tools.approvers });
  if (missing !== undefined) {
    tools.log.warn('approver refused', { by: call.by.objectId, plan: found?.plan.id, missing });
    return problem(403, 'REFLEX_NOT_AN_APPROVER', `The token's groups do not show you among ${missing}.`);
  }
  return await sayOf(found, call, tools, saying);
}

async function say(call: PlanCall, tools: PeopleTools, saying: Saying): Promise<Answer> {
  return await sayOf(await findPlan(tools.rows, call.params['id'] ?? ''), call, tools, saying);
}

async function sayOf(
  found: StoredPlan | undefined,
  { by, body: { reason }, params }: PlanCall,
  { rows, clock, log, queue }: PeopleTools,
  saying: Saying,
): Promise<Answer> {
  if (found === undefined) {
    throw new PlanCommandError('no-such-plan', (params['id'] ?? '').slice(0, 100));
  }
  const { target } = found;
  const command = {
    plan: found.plan.id,
    by: by.objectId,
    now: () => clock.now(),
    ...(reason === undefined ? {} : { reason }),
  };
  const { plan, isToWake } = await saying(new TargetRows(rows), target, command);
  log.info('a person spoke about a plan', { by: by.objectId, plan: plan.id, state: plan.state });
  if (isToWake) {
    // What was said is stored: without this message the next tick finds it.
    await queue.send(sealEnvelope({ kind: 'wake', target })).catch((error: unknown) => {
      log.warn('no wake message', { target: target.key, reason: String(error) });
    });
  }
  return json(200, { ...plan, behind: await planBefore({ plan, target }, rows) });
}
