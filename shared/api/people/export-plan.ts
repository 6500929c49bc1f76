import type * as z from 'zod';

import { digestOf } from '../../domain/digest.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { FleetOrigin } from '../../fleet/model.ts';
import type { Plan, PlanState, Step } from '../../reconcile/plan.ts';
import type { PlanExport } from './schemas.ts';
import type { StoredPlan } from './stored-plans.ts';

type Exported = z.infer<typeof PlanExport>;
type ExportedStep = Exported['steps'][number];
type Check = ExportedStep['skipIf'];

/** Whose property holds that an origin or endpoint takes part, and the API version that our own SDK asks. */
const FRONT_DOOR = { enabled: 'enabledState', version: '2024-02-01', state: 'provisioningState' } as const;
const TRAFFIC_MANAGER = { enabled: 'endpointStatus', version: '2022-04-01' } as const;
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
/** How an edge's steps say what must hold of an origin. */
const PREDICATE = /^(?<name>\S+) is (?<state>enabled|disabled) with weight (?<weight>\d+)$/;

/** Why a plan has no export; undefined if it has one. Pure. */
export function whyNotExported({ plan, target }: StoredPlan): string | undefined {
  if (target.kind !== 'edge') {
    return 'Only plans about an edge can be exported: a commit is made with git.';
  }
  return OVER.includes(plan.state) ? `The plan is ${plan.state}.` : undefined;
}

/**
 * What is left of an edge's plan as reads, comparisons and PATCH calls of Azure Resource Manager, for `az rest` on the
 * day on which this app is what is down. Front Door and Traffic Manager have no conditional writes, so each PATCH
 * comes after reads that must find what the plan was made on. Pure.
 *
 * @param origins - the edge's, to find what a predicate names; those of the plan's own steps are known without.
 */
export function exportPlan(plan: Plan, origins: readonly FleetOrigin[]): Exported {
  const ids = new Map(origins.map(({ name, id }) => [name, id]));
  for (const { subject } of plan.steps.flatMap(({ changes }) => changes)) {
    ids.set(subject.split('/').at(-1) ?? subject, subject);
  }
  const steps = plan.steps.filter((step) => !isWritten(plan, step)).flatMap((step) => exportStep(step, ids));
  return { plan: plan.id, target: plan.target, digest: plan.digest, steps };
}

/** The same as a script that stops at the first thing that is not as planned, and can be started again. Pure. */
export function exportScript({ plan, target, digest, steps }: Exported): string {
  const head = [
    '#!/usr/bin/env bash',
    `# What is left of plan ${plan}, digest ${digest}`,
    comment(`of ${target}.`),
    '# Read it before you run it. Turn the kill switch on first if reflex may still be at work.',
    'set -euo pipefail',
    '',
    'value() { az rest --method get --url "$1" --query "properties.$2" --output tsv; }',
    'expect() {',
    '  local found; found="$(value "$1" "$2")"',
    '  [ "$found" = "$3" ] || { echo "stopped: $2 of $1 is $found, not $3" >&2; exit 1; }',
    '}',
    'await() {',
    '  for _ in $(seq 120); do [ "$(value "$1" "$2")" = "$3" ] && return; sleep 10; done',
    '  echo "stopped: $2 of $1 is still not $3" >&2; exit 1',
    '}',
  ];
  return [...head, ...steps.flatMap(scriptOf), '', "echo 'nothing is left to do'", ''].join('\n');
}

function isWritten({ journal }: Plan, step: Step): boolean {
  const changes = digestOf(step.changes as unknown as Json);
  return journal.some(
    (entry) => entry.state === 'written' && digestOf(entry.step.changes as unknown as Json) === changes,
  );
}

function exportStep(step: Step, ids: ReadonlyMap<string, string>): readonly ExportedStep[] {
  const predicates = (step.predicates ?? []).map((words) => ({ words, checks: checksOf(words, ids) }));
  return step.changes.map(({ subject, from, to }): ExportedStep => {
    const { version } = serviceOf(subject);
    const [done, before] = [checkOf(subject, to), checkOf(subject, from)];
    const preconditions = [before, ...predicates.flatMap(({ checks }) => checks)];
    const exported = {
      title: step.title,
      skipIf: done,
      preconditions: preconditions.filter((one, index) => preconditions.findIndex(isSame(one)) === index),
      byHand: predicates.filter(({ checks }) => checks.length === 0).map(({ words }) => words),
      patch: {
        url: urlOf(subject, version),
        body: { properties: { [done.property]: propertyOf(subject, to).value } },
      },
      doneWhen: [done, ...settledOf(subject)],
      thenWaitSeconds: Math.ceil((step.bakeMs ?? 0) / 1000),
    };
    return { ...exported, commands: commandsOf(exported) };
  });
}

function checksOf(words: string, ids: ReadonlyMap<string, string>): readonly Check[] {
  const { name = '', state, weight } = PREDICATE.exec(words)?.groups ?? {};
  const id = ids.get(name);
  return id === undefined
    ? []
    : [checkOf(id, { enabled: state === 'enabled' }), checkOf(id, { weight: Number(weight) })];
}

function checkOf(id: string, value: JsonObject): Check {
  const { name, value: equals } = propertyOf(id, value);
  return { url: urlOf(id, serviceOf(id).version), property: name, equals: String(equals) };
}

function propertyOf(id: string, value: JsonObject): { readonly name: string; readonly value: string | number } {
  const weight = value['weight'];
  return typeof weight === 'number'
    ? { name: 'weight', value: weight }
    : { name: serviceOf(id).enabled, value: value['enabled'] === true ? 'Enabled' : 'Disabled' };
}

/** Front Door answers before it is done. */
function settledOf(id: string): readonly Check[] {
  const service = serviceOf(id);
  return 'state' in service ? [{ url: urlOf(id, service.version), property: service.state, equals: 'Succeeded' }] : [];
}

function serviceOf(id: string): typeof FRONT_DOOR | typeof TRAFFIC_MANAGER {
  return id.includes('/origingroups/') ? FRONT_DOOR : TRAFFIC_MANAGER;
}

/** Without a host: `az rest` puts the cloud's own in front. */
function urlOf(id: string, version: string): string {
  return `${id}?api-version=${version}`;
}

function commandsOf({ preconditions, patch }: Omit<ExportedStep, 'commands'>): string[] {
  const reads = preconditions.map(
    ({ url, property, equals }) =>
      `test "$(az rest --method get --url ${quoted(url)} --query properties.${property} --output tsv)" = ${quoted(equals)}`,
  );
  return [...reads, patchOf(patch)];
}

function patchOf({ url, body }: ExportedStep['patch']): string {
  const headers = quoted('Content-Type=application/json');
  return `az rest --method patch --url ${quoted(url)} --headers ${headers} --body ${quoted(JSON.stringify(body))}`;
}

function scriptOf({ title, skipIf, preconditions, byHand, patch, doneWhen, thenWaitSeconds }: ExportedStep): string[] {
  const call = (name: string, { url, property, equals }: Check): string =>
    `${name} ${quoted(url)} ${property} ${quoted(equals)}`;
  return [
    '',
    comment(title),
    `if [ "$(value ${quoted(skipIf.url)} ${skipIf.property})" != ${quoted(skipIf.equals)} ]; then`,
    ...byHand.map((words) => `  ${comment(`see to it yourself: ${words}`)}`),
    ...preconditions.map((check) => `  ${call('expect', check)}`),
    `  ${patchOf(patch)}`,
    ...doneWhen.map((check) => `  ${call('await', check)}`),
    ...(thenWaitSeconds === 0
      ? []
      : [
          `  echo 'look at errors and latency for ${thenWaitSeconds} s; Ctrl-C stops here'`,
          `  sleep ${thenWaitSeconds}`,
        ]),
    'fi',
  ];
}

function isSame(one: Check): (other: Check) => boolean {
  return ({ url, property }) => url === one.url && property === one.property;
}

/** One word for the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Text of others on one line. */
function comment(text: string): string {
  return `# ${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}`;
}
