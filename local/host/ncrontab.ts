/** The times of a six-field NCRONTAB expression: seconds, minutes, hours, day of month, month, day of week. */
export interface Schedule {
  /** The first time strictly after `from`, UTC. */
  next(from: Date): Date;
}

const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
/** Long enough for 29 February across a skipped leap year. */
const MAX_DAYS = 366 * 9;

/**
 * Reads an expression of five or six fields: both day fields must match, `a/n` runs to the field's end, a reversed
 * range is swapped, names match by prefix, no `? L W #`.
 * @throws RangeError with the field that is wrong.
 */
export function parseNcrontab(expression: string): Schedule {
  const written = expression.trim().split(/\s+/);
  const fields = written.length === 5 ? ['0', ...written] : written;
  if (fields.length !== 6) {
    throw new RangeError(`${expression}: expected five or six fields`);
  }
  const [seconds, minutes, hours, days, months, weekdays] = fields.map((field, index) => parseField(field, index)) as [
    number[],
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const isDay = (day: Date): boolean =>
    days.includes(day.getUTCDate()) && months.includes(day.getUTCMonth() + 1) && weekdays.includes(day.getUTCDay());
  return {
    next: (from) => {
      const earliest = Math.floor(from.getTime() / 1000) * 1000 + 1000;
      const start = new Date(earliest);
      for (let offset = 0; offset < MAX_DAYS; offset += 1) {
        const day = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate() + offset);
        const found = isDay(new Date(day)) ? firstTime(day, earliest, { hours, minutes, seconds }) : undefined;
        if (found !== undefined) {
          return new Date(found);
        }
      }
      throw new RangeError(`${expression}: never`);
    },
  };
}

function firstTime(
  day: number,
  earliest: number,
  { hours, minutes, seconds }: { readonly hours: number[]; readonly minutes: number[]; readonly seconds: number[] },
): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      for (const second of seconds) {
        const at = day + ((hour * 60 + minute) * 60 + second) * 1000;
        if (at >= earliest) {
          return at;
        }
      }
    }
  }
  return undefined;
}

function parseField(field: string, index: number): number[] {
  const [min, max] = RANGES[index] ?? [0, 0];
  const values = field.split(',').flatMap((part) => {
    const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from, to] = range === '*' ? [min, max] : range.split('-').map((text) => parseValue(text, index));
    const start = from ?? Number.NaN;
    const end = to ?? (step === undefined ? start : max);
    const [low, high] = start <= end ? [start, end] : [end, start];
    const by = Number(step ?? 1);
    if (!(low >= min && high <= max) || by < 1) {
      throw new RangeError(`${part}: expected ${min} to ${max}`);
    }
    return Array.from({ length: Math.floor((high - low) / by) + 1 }, (_, count) => low + count * by);
  });
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function parseValue(text: string, index: number): number {
  const names = index === 4 ? MONTHS : index === 5 ? DAYS : [];
  const named = /^[a-z]{3,}$/i.test(text) ? names.findIndex((name) => name.startsWith(text.toLowerCase())) : -1;
  return named >= 0 ? named + (index === 4 ? 1 : 0) : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
