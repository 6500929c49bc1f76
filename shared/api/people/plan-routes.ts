import type * as z from 'zod';

import { isSameJson } from '../../domain/json.ts';
import { cleanLine } from '../../notify/page-text.ts';
import { hasBegun, isManual, LIVE_STATES, type Plan, type PlanState } from '../../reconcile/plan.ts';
import { problem } from '../problem.ts';
import { commandsOf, exportScript, readExport } from '../../reports/index.ts';
import { bakeCutOf } from './bake-cut.ts';
import { pageOf } from './pages.ts';
import { planBefore } from './plan-behind.ts';
import { intentsBehind } from './plan-intents.ts';
import { json, READERS, route, type Route } from './route.ts';
import { PlanExportView, PlanPage, PlanView, type Consent, type PlanSummary } from './plan-schemas.ts';
import { ExportQuery, PlanQuery } from './schemas.ts';
import { findPlan, listPlans } from './stored-plans.ts';

/** What is planned, and how to do it without us. */
export const PLAN_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'plans',
    operation: 'listPlans',
    summary: 'Plans, newest first',
    roles: READERS,
    query: PlanQuery,
    answers: { 200: { description: 'one page', schema: PlanPage } },
    answer: async ({ query }, { rows }) => {
      const { state, target } = query;
      const plans = (await listPlans(rows)).filter(
        (plan) => isAskedFor(plan, state) && (target === undefined || plan.target === target),
      );
      const { items, next } = pageOf(plans, ({ created, id }) => `${created} ${id}`, query);
      return json(200, { plans: items.map(summaryOf), next });
    },
  }),
  route({
    method: 'GET',
    path: 'plans/{id}',
    operation: 'readPlan',
    summary: 'A plan with its steps, its journal, its digest, and who asked for it and why',
    roles: READERS,
    answers: { 200: { description: 'the plan', schema: PlanView } },
    answer: async ({ params }, { rows }) => {
      const found = await findPlan(rows, params['id'] ?? '');
      if (found === undefined) {
        return noSuchPlan();
      }
      const [intents, behind, bakeCut] = await Promise.all([
        intentsBehind(found, rows),
        planBefore(found, rows),
        bakeCutOf(found, rows),
      ]);
      return json(200, { ...found.plan, intents, behind, bakeCut });
    },
  }),
  route({
    method: 'GET',
    path: 'plans/{id}/export',
    operation: 'exportPlan',
    summary: 'What is left of a plan as az rest commands: read, compare, write',
    roles: READERS,
    query: ExportQuery,
    answers: { 200: { description: 'the commands; with format=bash a script', schema: PlanExportView } },
    refusals: [409],
    answer: async ({ params, query }, { rows, gateAccess }) => {
      const found = await findPlan(rows, params['id'] ?? '');
      if (found === undefined) {
        return noSuchPlan();
      }
      const result = await readExport(rows, found, query.direction);
      if (result.outcome === 'refused') {
        return problem(409, 'REFLEX_NO_EXPORT', `Not exported: ${cleanLine(result.reason)}.`);
      }
      const { exported } = result;
      const steps = exported.steps.map((step) => ({ ...step, commands: commandsOf(step) }));
      return query.format === 'json'
        ? json(200, { ...exported, steps })
        : { status: 200, headers: { 'content-type': 'text/x-shellscript' }, body: exportScript(exported, gateAccess) };
    },
  }),
];

function isAskedFor({ state }: Plan, asked: PlanState | 'live' | undefined): boolean {
  return asked === 'live' ? LIVE_STATES.some((live) => live === state) : asked === undefined || state === asked;
}

/** What a list shows of a plan. Pure. */
function summaryOf({
  id,
  target,
  state,
  created,
  digest,
  steps,
  journal,
  note,
  consent,
}: Plan): z.infer<typeof PlanSummary> {
  return {
    id,
    target,
    state,
    created,
    digest,
    titles: steps.map(({ title }) => title),
    written: countWritten(steps, journal),
    ...(note === undefined ? {} : { note }),
    ...(consent === undefined ? {} : { consent: { ...consent, ...listsOf(consent) } }),
  };
}

/**
 * How many of the steps are there: each after those before it, but for what people were to do and have not. What takes a
 * step back is in the journal as well, may end where another step would, and is none of them. Pure.
 */
function countWritten(steps: Plan['steps'], journal: Plan['journal']): number {
  const there = journal.filter((entry) => hasBegun([entry])).map(({ step }) => step);
  let [count, after] = [0, 0];
  for (const step of steps) {
    const at = there.findIndex(({ id, to }, place) => place >= after && id === step.id && isSameJson(to, step.to));
    if (at < 0 && !isManual(step)) {
      break;
    }
    if (at >= 0) {
      count += 1;
      after = at + 1;
    }
  }
  return count;
}

function listsOf({
  requesters,
  given,
}: NonNullable<Plan['consent']>): Pick<z.infer<typeof Consent>, 'requesters' | 'given'> {
  return { requesters: [...requesters], given: [...given] };
}

function noSuchPlan(): ReturnType<typeof problem> {
  return problem(404, 'REFLEX_NOT_FOUND', 'There is no such plan.');
}
