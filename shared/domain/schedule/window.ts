/** Days and times in a zone, such as `Mon-Fri 07:30-19:30`. An end that is not after the start is on the next day. */
export type WindowText = string;

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MINUTES_A_DAY = 1_440;

/** What the clocks on the walls of a zone show. */
interface WallTime {
  /** 0 is Monday. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
  /** `2026-12-18` */
  readonly date: string;
}

/**
 * Tells whether one of some windows is open. Pure.
 *
 * It goes by what the clocks show: an hour that is skipped when they go forward is missing from its window, one that
 * comes twice when they go back is open twice.
 */
export function isWindowOpen(windows: readonly WindowText[], timeZone: string, now: Date): boolean {
  const { day, minute } = wallTime(timeZone, now);
  return windows.some((window) => {
    const [days = '', times = ''] = window.split(' ');
    const [from = 0, to = 0] = times.split('-').map(minutesOf);
    const isOpenOn = (one: number): boolean => daysOf(days).includes(one);
    return to > from
      ? isOpenOn(day) && minute >= from && minute < to
      : (isOpenOn(day) && minute >= from) || (isOpenOn((day + 6) % 7) && minute < to);
  });
}

/** No week is without a window's day, but the hour that clocks skip may be just the one. */
const FAR_MS = 15 * 86_400_000;
const MINUTE_MS = 60_000;
/** Zones differ from UTC, and clocks jump, by whole quarters of an hour. */
const QUARTER = 15;

/**
 * The first whole minute from `now` on in which one of the windows is open; `now` itself if one is. Pure.
 * @returns undefined if there is none within 15 days.
 */
export function nextOpening(windows: readonly WindowText[], timeZone: string, now: Date): Date | undefined {
  if (isWindowOpen(windows, timeZone, now)) {
    return now;
  }
  const clocks = windows.flatMap((window) => (window.split(' ')[1] ?? '').split('-').map(minutesOf));
  const stepMs = clocks.reduce(commonDivisor, QUARTER) * MINUTE_MS;
  const first = Math.ceil(now.getTime() / stepMs) * stepMs;
  for (let at = first; at <= first + FAR_MS; at += stepMs) {
    if (isWindowOpen(windows, timeZone, new Date(at))) {
      return new Date(at);
    }
  }
  return undefined;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** The day that calendars in a zone show, `2026-12-18`. Pure. */
export function dateIn(timeZone: string, now: Date): string {
  return wallTime(timeZone, now).date;
}

function daysOf(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [from = '', to = from] = part.split('-');
    const [first, last] = [DAYS.indexOf(from), DAYS.indexOf(to)];
    const count = ((last - first + 7) % 7) + 1;
    return Array.from({ length: count }, (_, index) => (first + index) % 7);
  });
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return Math.min(hours * 60 + minutes, MINUTES_A_DAY);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallTime(timeZone: string, now: Date): WallTime {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, hourCycle: 'h23', weekday: 'short', hour: '2-digit', minute: '2-digit' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const { weekday = '', hour = '', minute = '', year = '', month = '', day = '' } = parts;
  return {
    day: DAYS.indexOf(weekday),
    minute: Number(hour) * 60 + Number(minute),
    date: `${year.padStart(4, '0')}-${month}-${day}`,
  };
}
