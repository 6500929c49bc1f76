import type * as z from 'zod';

import type { FleetDocument } from './document.ts';
import { showValue, type Finding, type FleetPath } from '../findings.ts';
import { didYouMean, nearest } from '../check/nearest.ts';
import { zoneNames } from '../schema/scalars.ts';
import { keysAt, type SchemaNode } from './schema-keys.ts';

type Issue = z.core.$ZodIssue;

interface Context {
  readonly document: FleetDocument;
  readonly schema: SchemaNode;
}

/** Says each schema issue in a person's words, at its line. */
export function explainIssues(issues: readonly Issue[], context: Context): readonly Finding[] {
  const [first, left] = atMost(MAX_FINDINGS, issues);
  const message = `and ${left} more of the same file`;
  const more = left === 0 ? [] : [context.document.remark([], { code: 'not-valid', message })];
  return [...explainAll(first, context), ...more];
}

/** Nobody reads more at once, and explaining a key costs as much as its map is long. */
const MAX_FINDINGS = 200;

/** The first issues; one about many keys counts as many. Also how many were left off. */
function atMost(limit: number, issues: readonly Issue[]): readonly [readonly Issue[], number] {
  const kept: Issue[] = [];
  let [count, left] = [0, 0];
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, Math.max(limit - count, 0)) : [];
    const size = issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
    const taken = issue.code === 'unrecognized_keys' ? keys.length : Math.min(limit - count, 1);
    if (taken > 0) {
      kept.push(issue.code === 'unrecognized_keys' ? { ...issue, keys } : issue);
    }
    count += taken;
    left += size - taken;
  }
  return [kept, left];
}

function explainAll(issues: readonly Issue[], context: Context): readonly Finding[] {
  const flat = issues.flatMap((issue) => flatten(issue, context.document.value));
  const misspelt = misspeltKeys(flat, context);
  return flat
    .filter((issue) => !isMissing(issue, context) || !misspelt.has(keyOf(issuePath(issue))))
    .flatMap((issue) => explain(issue, context));
}

/** Paths that would exist if misspelt keys were right: no need to call those missing as well. */
function misspeltKeys(issues: readonly Issue[], context: Context): ReadonlySet<string> {
  const meant = issues.flatMap((issue) => {
    const path = issuePath(issue);
    return issue.code === 'unrecognized_keys'
      ? issue.keys
          .flatMap((key) => [nearest(key, freeKeys(path, context))].filter((found) => found !== undefined))
          .map((key) => keyOf([...path, key]))
      : [];
  });
  return new Set(meant);
}

function explain(issue: Issue, context: Context): readonly Finding[] {
  const path = issuePath(issue);
  const { document } = context;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key, context));
  }
  if (issue.code === 'invalid_key') {
    const message = `the name ${showValue(path.at(-1))} is not valid, ${issue.issues[0]?.message ?? 'expected a name'}`;
    return [document.remark(path, { code: 'not-valid', message, atKey: true })];
  }
  const value = valueAt(document.value, path);
  if (isMissing(issue, context)) {
    const key = String(path.at(-1));
    const message = `\`${key}\` is missing, ${expectation(issue)}`;
    return [document.remark(path.slice(0, -1), { code: 'missing', message, atKey: true })];
  }
  const code = issue.code === 'invalid_type' ? 'wrong-type' : 'not-valid';
  // A rule over several keys ("either a or b") is about the map; showing its whole value says nothing.
  const got = typeof value === 'object' && value !== null && issue.code === 'custom' ? '' : `, got ${showValue(value)}`;
  return [document.remark(path, { code, message: `${expectation(issue)}${got}${suggestion(issue, value)}` })];
}

function unknownKey(path: FleetPath, key: string, context: Context): Finding {
  const here = [...path, key];
  const known = freeKeys(path, context);
  const hint = didYouMean(key, known);
  const expected =
    hint === '' ? `, expected ${known.length === 0 ? 'no more keys' : `one of ${known.join(', ')}`}` : hint;
  return context.document.remark(here, {
    code: 'unknown-key',
    message: `unknown key \`${key}\`${expected}`,
    atKey: true,
  });
}

/** Keys that the map could still take: a key that is there already is not what a misspelt one meant. */
function freeKeys(path: FleetPath, { document, schema }: Context): readonly string[] {
  const value = valueAt(document.value, path);
  const present = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return [...new Set(keysAt(schema, path))].filter((key) => !present.includes(key));
}

/** An alternative's own issues, of the alternative that the value resembles most. */
function flatten(issue: Issue, value: unknown): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') {
    return [issue];
  }
  const there = valueAt(value, issuePath(issue));
  const [best = []] = issue.errors
    .filter((errors) => typeof there === 'object' || errors.some(({ path }) => path.length === 0))
    .toSorted((a, b) => weight(a, there) - weight(b, there));
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** What sets a value apart from an alternative: a map where text belongs more than unknown keys, those more than a typo. */
function weight(issues: readonly Issue[], value: unknown): number {
  return issues.reduce((sum, issue) => {
    const isMisplacedMap = issue.code === 'invalid_type' && typeof valueAt(value, issuePath(issue)) === 'object';
    return sum + (isMisplacedMap ? 10 : 1) + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0);
  }, 0);
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.message.startsWith('expected')
        ? issue.message
        : `expected ${issue.values
            .map((value) => String(value))
            .join(', ')
            .replace(/, ([^,]*)$/, ' or $1')}`;
    case 'invalid_type':
      return issue.message.startsWith('expected')
        ? issue.message
        : `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return issue.message.startsWith('expected')
        ? issue.message
        : `expected at least ${issue.minimum}${issue.origin === 'array' ? ' entries' : ''}`;
    case 'too_big':
      return issue.message.startsWith('expected')
        ? issue.message
        : `expected at most ${issue.maximum}${issue.origin === 'array' ? ' entries' : ''}`;
    default:
      return issue.message.replace(/^Invalid input: /, '');
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'text',
};

function suggestion(issue: Issue, value: unknown): string {
  if (typeof value !== 'string') {
    return typeof value === 'number' && issue.message.startsWith('expected') ? `: write it in quotes, "${value}"` : '';
  }
  if (issue.code === 'invalid_value') {
    return didYouMean(
      value,
      issue.values.map((known) => String(known)),
    );
  }
  return issue.message.includes('time zone') ? didYouMean(value, zoneNames()) : '';
}

function isMissing(issue: Issue, { document }: Context): boolean {
  const path = issuePath(issue);
  const parent = valueAt(document.value, path.slice(0, -1));
  return (
    path.length > 0 && typeof parent === 'object' && parent !== null && !Object.hasOwn(parent, String(path.at(-1)))
  );
}

function issuePath(issue: Issue): FleetPath {
  return issue.path.map((step) => (typeof step === 'symbol' ? '' : step));
}

function keyOf(path: FleetPath): string {
  return JSON.stringify(path);
}

/** The plain value at a path, own keys only. */
function valueAt(value: unknown, path: FleetPath): unknown {
  return path.reduce<unknown>(
    (level, step) =>
      typeof level === 'object' && level !== null && Object.hasOwn(level, String(step))
        ? (level as Readonly<Record<string, unknown>>)[String(step)]
        : undefined,
    value,
  );
}
