import { canonicalJson } from '../../domain/json.ts';
import { cleanLine } from '../../notify/page-text.ts';
import { gatePrelude, type GateAccess } from './bash-gates.ts';
import { PRELUDE, quoted } from './bash-text.ts';
import type { ExportedStep, PlanExport } from './plan.ts';
import { POOL_PRELUDE, poolCommand, type PoolWrite } from './pools.ts';
import type { ArmWrite, Check, GateWrite } from './writes.ts';

/**
 * An exported plan as a bash script that stops at the first value that is not as planned, and can be run again. It needs
 * the Azure CLI, and openssl where it moves gates. Pure.
 */
export function exportScript(exported: PlanExport, access: GateAccess = {}): string {
  const hasGates = exported.steps.some(({ writes }) => writes.some((write) => 'gate' in write));
  const hasPools = exported.steps.some(({ writes }) => writes.some((write) => 'pool' in write));
  const preludes = [PRELUDE, ...(hasPools ? [POOL_PRELUDE] : []), ...(hasGates ? [gatePrelude(access)] : [])];
  const parts = [
    headOf(exported),
    ...preludes,
    ...allThere(exported.steps),
    ...exported.steps.map((step, index) => blockOf(step, exported.steps.slice(index + 1))),
  ];
  return `${parts.join('\n')}\nprintf 'done\\n'\n`;
}

/** The reads and the write of one step as lines for a shell, without what the script does around them. Pure. */
export function commandsOf({ preconditions, writes, instruction = [] }: ExportedStep): string[] {
  if (instruction.length > 0) {
    return instruction.map((line) => `# for people: ${line}`);
  }
  const reads = preconditions.map(testOf);
  return writes.flatMap((write) =>
    'gate' in write
      ? [`# ${write.isShut ? 'close' : 'open'} the gate of ${write.gate}: by the script, which signs the document`]
      : [...reads, testOf({ ...write, query: `properties.${write.field}`, equals: write.from }), callOf(write)],
  );
}

function testOf({ id, apiVersion, query, equals }: Check): string {
  const url = quoted(`${id}?api-version=${apiVersion}`);
  // ARM gives ids back in another case than they were written in.
  const lower = query.endsWith('.id') ? " | tr '[:upper:]' '[:lower:]'" : '';
  return `test "$(az rest --method get --url ${url} --query ${quoted(query)} --output tsv${lower})" = ${quoted(equals)}`;
}

function callOf(write: ArmWrite | PoolWrite): string {
  return 'pool' in write ? poolCommand(write) : patchOf(write);
}

function patchOf({ id, apiVersion, body }: ArmWrite): string {
  const url = quoted(`${id}?api-version=${apiVersion}`);
  const headers = quoted('Content-Type=application/json');
  return `az rest --method patch --url ${url} --headers ${headers} --body ${quoted(canonicalJson(body))}`;
}

function blockOf(step: ExportedStep, later: readonly ExportedStep[]): string {
  const { title, predicates, byHand, preconditions, writes, thenWaitSeconds, instruction } = step;
  if (instruction !== undefined) {
    const told = [`${title}: for people`, ...instruction.map((line) => `  ${line}`)];
    return [...told.map((line) => `printf '%s\\n' ${quoted(line)}`), 'await_people', ''].join('\n');
  }
  const told = [
    title,
    ...predicates.map((words) => `  ${byHand.includes(words) ? 'see to it yourself:' : 'planned while'} ${words}`),
  ];
  return [
    'wrote=no',
    ...told.map((line) => `printf '%s\\n' ${quoted(line)}`),
    ...writes.flatMap((write) =>
      'gate' in write ? gateLines(write, preconditions) : armLines(write, preconditions, laterValues(write, later)),
    ),
    ...(thenWaitSeconds === 0 ? [] : [`bake ${thenWaitSeconds}`]),
    '',
  ].join('\n');
}

/** Everything that varies was checked by its shape, and is quoted besides. */
function armLines(
  write: ArmWrite | PoolWrite,
  preconditions: readonly Check[],
  later: readonly string[],
): readonly string[] {
  const { id, apiVersion, field, from, to, body, enabled, isLongRunning } = write;
  const at = wordsOf(id, apiVersion);
  return [
    `if needs_write ${at} ${wordsOf(field, from, to, ...later)}; then`,
    ...preconditions.map((check) => `  expect_value ${valueWords(check)}`),
    ...(enabled === undefined ? [] : [`  check_enabled ${wordsOf(enabled.id, enabled.apiVersion, enabled.query)}`]),
    'pool' in write
      ? `  write_min_count ${at} ${wordsOf(...Object.values(write.pool), to)}`
      : `  write_value ${at} ${quoted(canonicalJson(body))}`,
    ...(isLongRunning ? [`  await_done ${at}`] : []),
    `  check_value ${at} ${wordsOf(field, to)}`,
    'fi',
  ];
}

/**
 * A ramp may end at the value that it began at, so that its end looks like its beginning: whoever runs the script again when
 * all is done must not begin anew. People and gates are asked about one by one.
 */
function allThere(steps: readonly ExportedStep[]): readonly string[] {
  const writes = steps.flatMap((step) => step.writes);
  const ends = new Map(writes.flatMap((write) => ('gate' in write ? [] : [[`${write.id} ${write.field}`, write]])));
  const isAll = steps.every(({ instruction }) => instruction === undefined) && !writes.some((write) => 'gate' in write);
  const checks = [...ends.values()].map(
    ({ id, apiVersion, field, to }) => `has_value ${wordsOf(id, apiVersion, field, to)}`,
  );
  return isAll && checks.length > 0
    ? [`if ${checks.join(' \\\n  && ')}; then`, "  printf 'everything is there already\\n'", '  exit 0', 'fi', '']
    : [];
}

/** What the steps after it make of the same field: whoever runs the script again finds one of them. */
function laterValues({ id, field }: ArmWrite | PoolWrite, later: readonly ExportedStep[]): readonly string[] {
  const writes = later.flatMap((step) => step.writes.flatMap((write) => ('gate' in write ? [] : [write])));
  return writes.filter((write) => write.id === id && write.field === field).map(({ to }) => to);
}

/** A gate needs no control plane, so one that does not answer keeps no gate from moving. */
function gateLines({ edge, gate, isShut, origins }: GateWrite, preconditions: readonly Check[]): readonly string[] {
  const wanted = isShut ? 'closed' : 'open';
  return [
    `if needs_gate ${wordsOf(edge, gate, wanted)}; then`,
    ...preconditions.map((check) => `  expect_value_if_read ${valueWords(check)}`),
    `  write_gate ${wordsOf(edge, gate, wanted, ...origins)}`,
    'fi',
  ];
}

function valueWords({ id, apiVersion, query, equals }: Check): string {
  return wordsOf(id, apiVersion, query, equals);
}

function wordsOf(...words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function headOf({ plan, target, digest, created, state, direction }: PlanExport): string {
  const told = [
    direction === 'forth' ? 'What is left of a plan, as az rest calls.' : 'The way back of a plan, as az rest calls.',
    `Plan ${plan} of ${created}, ${state}`,
    `Target ${target}`,
    `Digest ${digest}`,
    'Before you run it: turn the kill switch on, or aks-reflex may write at the same time.',
    'It stops with exit code 1 at the first value that is not as planned, and can be run again.',
  ];
  return ['#!/usr/bin/env bash', ...told.map((line) => `# ${cleanLine(line)}`)].join('\n');
}
