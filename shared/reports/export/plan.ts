import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { isSameJson } from '../../domain/json.ts';
import { cleanLine, cleanLines } from '../../notify/page-text.ts';
import type { FieldChange, Plan, PlanState, Step } from '../../reconcile/plan.ts';
import { poolWriteOf } from './pools.ts';
import { fieldsOf, preparedChecks, routeChecksOf, routeWriteOf, servingGroup } from './swaps.ts';
import { checksOf, namedBy, writeOf, type Check, type OriginIds, type Write } from './writes.ts';
import { unwrittenSteps } from '../steps.ts';

export type Direction = 'forth' | 'back';

/** Writes that belong together. */
export interface ExportedStep {
  readonly title: string;
  /** What the plan was made on, in its own words. */
  readonly predicates: readonly string[];
  /** Those of them that no command of ours can read. */
  readonly byHand: readonly string[];
  /** What else must be there before the first write. */
  readonly preconditions: readonly Check[];
  readonly writes: readonly Write[];
  /** How long the next step waits for errors to show. */
  readonly thenWaitSeconds: number;
  /** What people are to do, line by line; then there is nothing to write. */
  readonly instruction?: readonly string[];
}

/** A plan for people without the tool. */
export interface PlanExport {
  readonly plan: string;
  readonly target: string;
  readonly digest: string;
  readonly created: string;
  readonly state: PlanState;
  readonly direction: Direction;
  readonly steps: readonly ExportedStep[];
}

/** What is left to be done without the tool, or why there is nothing. */
export type Exported =
  | { readonly outcome: 'exported'; readonly exported: PlanExport }
  | { readonly outcome: 'refused'; readonly reason: string };

/** States in which what the plan says is no longer wanted, or is done. */
const OVER: readonly PlanState[] = [
  'done',
  'going-back',
  'gone-back',
  'superseded',
  'refused',
  'rejected',
  'cancelled',
];

/**
 * What is left of a plan, or the way back of what it has written and would write, as values to compare and to write.
 * Pure.
 *
 * Front Door and Traffic Manager have no conditional writes, so each write comes after reads that must find what the plan
 * was made on; where the new value is there already, the write is left out, so that whoever was stopped can begin again.
 * The rules of the loop (capacity, health) are not in it, but for one: the last origin stays enabled, the last gate open.
 *
 * @param ids - of the edge's origins, as far as somebody knows them; those of Front Door are known without.
 */
export function exportPlan(plan: Plan, direction: Direction, ids: OriginIds = new Map()): Exported {
  if (parseResourceId(plan.target) === undefined) {
    return { outcome: 'refused', reason: 'a plan about a branch is not exported: a commit is made with git' };
  }
  if (direction === 'forth' && OVER.includes(plan.state)) {
    const then = plan.state === 'done' ? ': its way back is exported with --undo (direction=back)' : '';
    return { outcome: 'refused', reason: `the plan is ${plan.state}${then}` };
  }
  const parts = direction === 'forth' ? unwrittenSteps(plan).map(forth) : stepsBack(plan);
  if (parts.length === 0) {
    return {
      outcome: 'refused',
      reason: direction === 'forth' ? 'nothing is left to write' : 'nothing is to be undone',
    };
  }
  const known = new Map([...ids, ...idsIn(plan)]);
  const steps: ExportedStep[] = [];
  for (const part of parts) {
    const place = `${steps.length + 1}/${parts.length}`;
    const step = exportStep(part, { place, isLast: steps.length + 1 === parts.length, ids: known });
    if ('reason' in step) {
      return { outcome: 'refused', reason: step.reason };
    }
    steps.push(step);
  }
  const { id, target, digest, created, state } = plan;
  return { outcome: 'exported', exported: { plan: id, target, digest, created, state, direction, steps } };
}

/** One step of a plan as it is to be exported. */
interface Part {
  readonly title: string;
  readonly bakeMs: number;
  readonly predicates: readonly string[];
  readonly changes: readonly FieldChange[];
  /** Names of the edge's origins. */
  readonly origins: readonly string[];
  /** The origin group that the predicates are about, where the edge has two. */
  readonly group?: string;
  /** What a swap finds in the other group. */
  readonly prepared?: readonly Check[];
  /** Markdown: there for a step that people take. */
  readonly instruction?: string;
}

function forth(step: Step): Part {
  const { title, predicates = [], bakeMs = 0, manual } = step;
  const group = servingGroup(step);
  return {
    title,
    predicates,
    changes: fieldsOf(step),
    bakeMs,
    origins: originsIn(predicates),
    ...(manual === undefined ? {} : { instruction: manual.instruction }),
    ...(group === undefined ? {} : { group, prepared: preparedChecks(step) }),
  };
}

/** What was written and what would still be, last first; what came back by itself is left out. */
function stepsBack(plan: Plan): readonly Part[] {
  const written = plan.journal.filter(({ state }) => state === 'written').map(({ step }) => step);
  // What stands in a group that serves nobody may stay there.
  const steps = [...written, ...unwrittenSteps(plan)].filter(({ effect }) => effect !== 'prepare');
  const kept: FieldChange[] = [];
  for (const change of steps.flatMap(fieldsOf)) {
    const begun = kept.findIndex((one) => isSameField(one, change) && isSameJson(one.from, change.to));
    if (begun < 0) {
      kept.push(change);
    } else {
      kept.splice(0, kept.length, ...kept.filter((one, index) => index < begun || !isSameField(one, change)));
    }
  }
  const origins = originsIn(steps.flatMap(({ predicates = [] }) => predicates));
  return kept.toReversed().map(({ subject, group, from, to }) => ({
    title: `undo: ${subject.split('/').at(-1) ?? ''} ${group}`,
    predicates: [],
    bakeMs: 0,
    changes: [{ subject, group, from: to, to: from }],
    origins,
  }));
}

interface Place {
  readonly place: string;
  readonly isLast: boolean;
  readonly ids: OriginIds;
}

function exportStep(
  { title, predicates, changes, bakeMs, origins, instruction, group, prepared = [] }: Part,
  { place, isLast, ids }: Place,
): ExportedStep | { readonly reason: string } {
  if (instruction !== undefined) {
    const none = { predicates: [], byHand: [], preconditions: [], writes: [], thenWaitSeconds: 0 };
    return { title: `${place} ${cleanLine(title)}`, ...none, instruction: cleanLines(instruction).split('\n') };
  }
  const [first] = changes;
  if (first === undefined) {
    return { reason: `step ${place} writes no origin: ${title}` };
  }
  const writes: Write[] = [];
  for (const change of changes) {
    const write = poolWriteOf(change) ?? routeWriteOf(change) ?? writeOf(change, origins);
    if ('reason' in write) {
      return write;
    }
    writes.push(write);
  }
  const checks = (words: string): readonly Check[] =>
    group === undefined ? checksOf(words, first.subject, ids) : checksOf(words, `${group}/origins/any`, new Map());
  const read = predicates.map((words) => ({
    words,
    checks: [...checks(words), ...routeChecksOf(words, first.subject)],
  }));
  const isWritten = ({ id, query }: Check): boolean =>
    writes.some((write) => 'id' in write && write.id === id && query === `properties.${write.field}`);
  return {
    title: `${place} ${cleanLine(title)}`,
    predicates: predicates.map(cleanLine),
    byHand: read.filter((one) => one.checks.length === 0).map(({ words }) => cleanLine(words)),
    preconditions: [...read.flatMap((one) => one.checks), ...prepared].filter((check) => !isWritten(check)),
    writes,
    thenWaitSeconds: isLast ? 0 : Math.ceil(bakeMs / 1000),
  };
}

function originsIn(predicates: readonly string[]): readonly string[] {
  return [...new Set(predicates.flatMap((predicate) => namedBy(predicate) ?? []))].sort();
}

function idsIn({ steps, journal }: Plan): readonly (readonly [string, string])[] {
  const changes = [...journal.map(({ step }) => step), ...steps].flatMap((step) => step.changes);
  return changes.map(({ subject }) => [subject.split('/').at(-1) ?? subject, subject]);
}

function isSameField(a: FieldChange, b: FieldChange): boolean {
  return a.subject === b.subject && a.group === b.group;
}
