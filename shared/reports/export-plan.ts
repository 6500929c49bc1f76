import { parseResourceId } from '../domain/azure/resource-id.ts';
import { canonicalJson, type JsonObject } from '../domain/json.ts';
import { MAX_WEIGHT, MIN_WEIGHT } from '../domain/traffic/weights.ts';
import { cleanLine } from '../notify/page-text.ts';
import type { FieldChange, Plan, Step } from '../reconcile/plan.ts';
import { PRELUDE, quoted } from './bash-text.ts';
import { unwrittenSteps } from './steps.ts';

/** A script for people without the tool, or why there is none. */
export type Exported =
  { readonly outcome: 'exported'; readonly script: string } | { readonly outcome: 'refused'; readonly reason: string };

/** How a service names what we write. */
interface Service {
  readonly apiVersion: string;
  readonly enabledField: string;
  /** How many origins of the group are enabled, as a JMESPath query on the resource that `groupOf` names. */
  readonly enabledCount: string;
  readonly groupOf: (id: string) => string;
  /** True where writes go on after their answer. */
  readonly isLongRunning: boolean;
}

const FRONT_DOOR: Service = {
  apiVersion: '2024-02-01',
  enabledField: 'enabledState',
  enabledCount: "length(value[?properties.enabledState!='Disabled'])",
  groupOf: (id) => id.replace(/\/[^/]+$/, ''),
  isLongRunning: true,
};

const TRAFFIC_MANAGER: Service = {
  apiVersion: '2022-04-01',
  enabledField: 'endpointStatus',
  enabledCount: "length(properties.endpoints[?properties.endpointStatus!='Disabled'])",
  groupOf: (id) => id.replace(/\/[^/]+\/[^/]+$/, ''),
  isLongRunning: false,
};

const SERVICES: Readonly<Record<string, Service>> = {
  'microsoft.cdn/profiles/origingroups/origins': FRONT_DOOR,
  'microsoft.network/trafficmanagerprofiles/azureendpoints': TRAFFIC_MANAGER,
  'microsoft.network/trafficmanagerprofiles/externalendpoints': TRAFFIC_MANAGER,
  'microsoft.network/trafficmanagerprofiles/nestedendpoints': TRAFFIC_MANAGER,
};

/**
 * What is left of a plan as a bash script of `az rest` calls, or the way back of what it has written and would write.
 * Pure.
 *
 * Each write is made only where the value is still the one that the plan began from; where it is the new one already, the
 * write is left out, so a script that was stopped can be run again. The rules of the loop (capacity, health) are not in
 * it, but for one: it never disables the last enabled origin.
 */
export function exportPlan(plan: Plan, direction: 'forth' | 'back'): Exported {
  const steps = direction === 'forth' ? unwrittenSteps(plan).map(toWrites) : stepsBack(plan);
  const blocks = steps.map((step, index) => blockOf(step, { index, count: steps.length }));
  const refusal = blocks.find((block) => 'reason' in block);
  if (refusal !== undefined) {
    return { outcome: 'refused', reason: refusal.reason };
  }
  if (blocks.length === 0) {
    return {
      outcome: 'refused',
      reason: direction === 'forth' ? 'nothing is left to write' : 'nothing is to be undone',
    };
  }
  const texts = blocks.flatMap((block) => ('text' in block ? [block.text] : []));
  return {
    outcome: 'exported',
    script: `${[headOf(plan, direction), PRELUDE, ...texts].join('\n')}\nprintf 'done\\n'\n`,
  };
}

/** Writes that belong together, with what to tell before them. */
interface Writes {
  readonly title: string;
  /** How long what comes next is to wait, in milliseconds. */
  readonly bakeMs?: number;
  readonly predicates: readonly string[];
  readonly changes: readonly FieldChange[];
}

function toWrites({ title, predicates = [], changes, bakeMs }: Step): Writes {
  return { title, predicates, changes, ...(bakeMs === undefined ? {} : { bakeMs }) };
}

/** What was written and what would still be, last first; what came back by itself is left out. */
function stepsBack(plan: Plan): readonly Writes[] {
  const written = plan.journal.filter(({ state }) => state === 'written').map(({ step }) => step);
  const kept: FieldChange[] = [];
  for (const change of [...written, ...unwrittenSteps(plan)].flatMap(({ changes }) => changes)) {
    const begun = kept.findIndex((one) => isSameField(one, change) && isSameValue(one.from, change.to));
    if (begun < 0) {
      kept.push(change);
    } else {
      kept.splice(0, kept.length, ...kept.filter((one, index) => index < begun || !isSameField(one, change)));
    }
  }
  return kept.toReversed().map(({ subject, group, from, to }) => ({
    title: `undo: ${subject.split('/').at(-1) ?? ''} ${group}`,
    predicates: [],
    changes: [{ subject, group, from: to, to: from }],
  }));
}

function isSameField(a: FieldChange, b: FieldChange): boolean {
  return a.subject === b.subject && a.group === b.group;
}

function isSameValue(a: JsonObject, b: JsonObject): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

type Block = { readonly text: string } | { readonly reason: string };

interface Place {
  readonly index: number;
  readonly count: number;
}

function blockOf({ title, predicates, changes, bakeMs }: Writes, { index, count }: Place): Block {
  const place = `${index + 1}/${count}`;
  if (changes.length === 0) {
    return { reason: `step ${place} writes no origin: ${title}` };
  }
  const writes = changes.map(writeOf);
  const refusal = writes.find((write) => 'reason' in write);
  if (refusal !== undefined) {
    return refusal;
  }
  const told = [
    `${place} ${cleanLine(title)}`,
    ...predicates.map((predicate) => `  planned while ${cleanLine(predicate)}`),
  ];
  const lines = told.map((line) => `printf '%s\\n' ${quoted(line)}`);
  const bake = bakeMs === undefined || index + 1 === count ? [] : [`bake ${Math.ceil(bakeMs / 1000)}`];
  const texts = writes.flatMap((write) => ('text' in write ? [write.text] : []));
  return { text: [...lines, ...texts, ...bake, ''].join('\n') };
}

/** One write with its precondition and its end. Everything that varies is checked by its shape, and quoted besides. */
function writeOf({ subject, from, to }: FieldChange): Block {
  const id = parseResourceId(subject);
  const service = SERVICES[id?.type ?? ''];
  if (id === undefined || service === undefined) {
    return { reason: `${subject} is no origin of Front Door and no endpoint of Traffic Manager` };
  }
  if ('isShut' in to) {
    return { reason: `${id.name ?? ''}: its gate is no resource of Azure; disable the origin instead` };
  }
  const before = valueOf(from, service);
  const after = valueOf(to, service);
  if (after === undefined || before?.field !== after.field) {
    return { reason: `${subject}: ${canonicalJson(from)} to ${canonicalJson(to)} is no change of one field` };
  }
  const at = `${quoted(id.key)} ${quoted(service.apiVersion)}`;
  const group = `${quoted(service.groupOf(id.key))} ${quoted(service.apiVersion)} ${quoted(service.enabledCount)}`;
  const field = quoted(after.field);
  const body = canonicalJson({ properties: { [after.field]: after.json } });
  const lines = [
    `if needs_write ${at} ${field} ${quoted(before.text)} ${quoted(after.text)}; then`,
    ...(after.json === 'Disabled' ? [`  check_enabled ${group}`] : []),
    `  write_value ${at} ${quoted(body)}`,
    ...(service.isLongRunning ? [`  await_done ${at}`] : []),
    `  check_value ${at} ${field} ${quoted(after.text)}`,
    'fi',
  ];
  return { text: lines.join('\n') };
}

interface Value {
  readonly field: string;
  readonly json: string | number;
  /** As `--output tsv` prints it. */
  readonly text: string;
}

function valueOf(value: JsonObject, { enabledField }: Service): Value | undefined {
  const [[name, one] = [], ...others] = Object.entries(value);
  if (others.length > 0) {
    return undefined;
  }
  if (name === 'enabled' && typeof one === 'boolean') {
    const word = one ? 'Enabled' : 'Disabled';
    return { field: enabledField, json: word, text: word };
  }
  const isWeight = typeof one === 'number' && Number.isInteger(one) && one >= MIN_WEIGHT && one <= MAX_WEIGHT;
  return name === 'weight' && isWeight ? { field: 'weight', json: one, text: String(one) } : undefined;
}

function headOf({ id, target, digest, created, state }: Plan, direction: 'forth' | 'back'): string {
  const told = [
    direction === 'forth' ? 'What is left of a plan, as az rest calls.' : 'The way back of a plan, as az rest calls.',
    `Plan ${id} of ${created}, ${state}`,
    `Target ${target}`,
    `Digest ${digest}`,
    'Before you run it: turn the kill switch on, or aks-reflex may write at the same time.',
    'It stops with exit code 1 at the first value that is not as planned, and can be run again.',
  ];
  return ['#!/usr/bin/env bash', ...told.map((line) => `# ${cleanLine(line)}`)].join('\n');
}
