import * as z from 'zod';

import { parseResourceId } from '../../domain/azure/resource-id.ts';

interface TextRule {
  /** Completes "expected ...". */
  readonly expected: string;
  /** Also published in the JSON Schema, so no flags and no lookbehind. */
  readonly pattern: RegExp;
  /** What the pattern cannot say. */
  readonly test?: (text: string) => boolean;
  readonly examples: readonly string[];
}

/** A text with a grammar: one message that says what was expected, and a pattern for editors. */
export function text({ expected, pattern, test, examples }: TextRule): z.ZodString {
  return z
    .string({ error: () => `expected ${expected}` })
    .refine((value) => value.length <= 2048 && pattern.test(value) && test?.(value) !== false, {
      error: `expected ${expected}`,
      // Else a union takes an alternative with a wrong text for the one that was meant.
      abort: true,
    })
    .meta({ pattern: pattern.source, description: expected, examples: [...examples] });
}

/** A whole number within limits, both included. */
export function whole(from: number, to: number): z.ZodInt {
  const error = `expected a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

/** What things in a fleet file are called. */
export const Name = text({
  expected: 'a name: lower-case letters, digits and hyphens, 63 at most, a letter or digit at both ends',
  pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  examples: ['shop-weu'],
});

/** A label's value goes into paths and origin names, so neither slashes nor globs. */
export const LabelValue = text({
  expected: 'text of letters, digits, `.`, `_` and `-`, 63 at most (quote numbers: "1")',
  pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
  examples: ['production', '1'],
});

export const LabelName = text({
  expected: 'a label name: letters, digits and hyphens, 63 at most, a letter first',
  pattern: /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
  examples: ['environment', 'ring', 'app', 'region'],
});

export const Duration = text({
  expected: 'a duration such as 30s, 10m, 2h or 7d (at most 366 days)',
  pattern: /^[1-9][0-9]{0,7}[smhd]$/,
  test: (value) => durationMs(value) <= 366 * 86_400_000,
  examples: ['10m', '2h'],
});

/** A duration that may be nothing. */
export const Wait = text({
  expected: 'a duration such as 30s, 10m, 2h or 7d (at most 366 days), or 0s for none',
  pattern: /^(0s|[1-9][0-9]{0,7}[smhd])$/,
  test: (value) => durationMs(value) <= 366 * 86_400_000,
  examples: ['0s', '10m'],
});

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a valid duration. */
export function durationMs(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT_MS[duration.slice(-1)] ?? NaN);
}

export const Percent = text({
  expected: 'a percentage from 0% to 100%',
  pattern: /^(100|[1-9]?[0-9])%$/,
  examples: ['50%'],
});

/** A share of requests: what still is healthy may lie below one in a hundred. */
export const FinePercent = text({
  expected: 'a percentage from 0% to 100%, such as 5% or 0.5%',
  pattern: /^(100([.]0{1,2})?|[1-9]?[0-9]([.][0-9]{1,2})?)%$/,
  examples: ['5%', '0.5%'],
});

/** The number of a valid percentage, 0 to 100. */
export function percentNumber(percent: string): number {
  return Number(percent.slice(0, -1));
}

/** IANA zone names only: abbreviations such as CET mean different things to different people. */
export const TimeZone = text({
  expected: 'an IANA time zone such as Europe/Berlin, or UTC',
  pattern: /^(UTC|[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){1,2})$/,
  test: (value) => value === 'UTC' || isZone(value),
  examples: ['Europe/Berlin', 'UTC'],
});

function isZone(name: string): boolean {
  try {
    // Intl takes any case; the exact spelling is asked for, so that two files never name one zone in two ways.
    new Intl.DateTimeFormat('en', { timeZone: name });
    return zoneNames().includes(name) || name.startsWith('Etc/') || !zoneNames().some((zone) => sameWord(zone, name));
  } catch {
    return false;
  }
}

function sameWord(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Every zone that this runtime lists. */
export function zoneNames(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

const DAY = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const DAYS = `${DAY}(-${DAY})?(,${DAY}(-${DAY})?)*`;
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9]';

export const Window = text({
  expected: 'days and times such as `Mon-Fri 07:30-19:30` (24:00 as an end is midnight)',
  pattern: new RegExp(`^${DAYS} ${CLOCK}-(${CLOCK}|24:00)$`),
  examples: ['Mon-Fri 07:30-19:30', 'Sat,Sun 09:00-24:00'],
});

const MONTH_DAY = '(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';

export const CalendarDate = text({
  expected: 'a date such as 2026-12-18',
  pattern: new RegExp(`^[0-9]{4}-${MONTH_DAY}$`),
  test: isDate,
  examples: ['2026-12-18'],
});

const HOLIDAY = new RegExp(`^(${MONTH_DAY}|[0-9]{4}-${MONTH_DAY}([.][.][0-9]{4}-${MONTH_DAY})?)$`);

export const Holiday = text({
  expected: 'a date 2026-12-24, a yearly day 12-25, or a range 2026-12-28..2026-12-31',
  pattern: HOLIDAY,
  test: isHoliday,
  examples: ['12-25', '2026-12-28..2026-12-31'],
});

/** True if the calendar has this day. */
export function isDate(value: string): boolean {
  const [year = 0, month = 0, day = 0] = value.split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isHoliday(value: string): boolean {
  const [from = '', to] = value.split('..');
  // 2024 had a 29 February, and so has one year in four that a yearly day means.
  const isFrom = isDate(from.length === 5 ? `2024-${from}` : from);
  return isFrom && (to === undefined || (isDate(to) && from <= to));
}

/** A range is kept day by day, so not for years. */
const MAX_RANGE_DAYS = 366;

/** A holiday whose days can be listed. */
export const BlockedDate = text({
  expected: `a date 2026-12-24, a yearly day 12-25, or a range 2026-12-28..2026-12-31 of ${MAX_RANGE_DAYS} days at most`,
  pattern: HOLIDAY,
  test: (value) => isHoliday(value) && rangeDays(value) <= MAX_RANGE_DAYS,
  examples: ['12-25', '2026-12-28..2026-12-31'],
});

const DAY_MS = 86_400_000;

function rangeDays(value: string): number {
  const [from = '', to = from] = value.split('..');
  return from === to ? 1 : (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** Every day of a valid blocked date, `YYYY-MM-DD` or `MM-DD`, in order. */
export function daysOf(value: string): readonly string[] {
  const [from = ''] = value.split('..');
  return Array.from({ length: rangeDays(value) }, (_, index) =>
    index === 0 ? from : new Date(Date.parse(from) + index * DAY_MS).toISOString().slice(0, 10),
  );
}

/** An ARM id of one resource type, `Microsoft.X/y`; compared without case. */
export function ArmId(type: string, example: string): z.ZodString {
  const [namespace = '', ...kinds] = type.split('/');
  return text({
    expected: `an ARM id of ${type}`,
    pattern: /^\/[Ss]ubscriptions\/[^/]+\/resource[Gg]roups\/[^/]+\/providers\/.+$/,
    test: (value) => parseResourceId(value)?.type === [namespace, ...kinds].join('/').toLowerCase(),
    examples: [`/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/${example}`],
  });
}

/** An ARM id of a resource of any type; compared without case. */
export const ResourceArmId = text({
  expected: 'an ARM id of a resource',
  pattern: /^\/[Ss]ubscriptions\/[^/]+\/resource[Gg]roups\/[^/]+\/providers\/.+$/,
  test: (value) => parseResourceId(value)?.type !== undefined,
  examples: [
    '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.Insights/components/shop',
  ],
});

const GUID = { pattern: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/ };

export const Guid = text({
  ...GUID,
  expected: 'a GUID of Microsoft Entra ID',
  examples: ['00000000-0000-4000-8000-0000000000a1'],
});

export const WorkspaceId = text({
  ...GUID,
  expected: 'the id of a Log Analytics workspace, a GUID',
  examples: ['00000000-0000-4000-8000-0000000000b1'],
});

/** What a reaction may do, from weak to strong. */
export const Mode = z
  .enum(['observe', 'propose', 'enforce'])
  .meta({ description: 'observe: record only; propose: wait for approval; enforce: act' });

/** Labels that must be equal, all of them. */
export const Select = z
  .record(LabelName, LabelValue)
  .meta({ description: 'labels that a cluster must have, all of them', examples: [{ environment: 'dev' }] });

/** What is asked by HTTP from outside. */
export const HttpUrl = text({
  expected: 'a URL with https, or with http on this machine, without user or fragment',
  pattern: /^(https:\/\/|http:\/\/(127[.]0[.]0[.]1|localhost|\[::1\])([:/]|$))[^\s#]+$/,
  test: (value) => {
    const url = URL.parse(value);
    return url !== null && url.username === '' && url.password === '';
  },
  examples: ['https://shop.contoso.com/healthz'],
});

/** Long enough for a query that a person can still read; the service itself takes far more. */
const MAX_QUERY = 10_000;
const queryError = `expected a KQL query of ${MAX_QUERY} characters at most`;

/** Text in the Kusto query language. */
export const Kql = z
  .string({ error: queryError })
  .trim()
  .min(1, { error: queryError })
  .max(MAX_QUERY, { error: queryError });
