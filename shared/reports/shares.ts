import type { JournalEntry, Plan, Step } from '../reconcile/plan.ts';
import { isServing } from '../domain/traffic/serving.ts';
import { shortName } from './names.ts';

/** How the control plane divided an edge's requests, from one write to the next. Times are milliseconds since 1970. */
export interface Shares {
  /** Names, in the order of `Span.shares`. */
  readonly origins: readonly string[];
  /** Oldest first, without gaps; at least one. */
  readonly spans: readonly Span[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
  /** Parts of the requests, 0 to 1, one for each origin; they add up to 1, or to 0 where nobody was enabled. */
  readonly shares: readonly number[];
}

interface Origin {
  readonly id: string;
  readonly enabled: boolean;
  readonly weight: number;
  readonly priority: number;
  readonly isShut?: boolean;
}

interface Sample {
  readonly at: number;
  readonly origins: readonly Origin[];
}

/** Shown before the first and after the last write: a tenth of the whole, but no less. */
const LEAST_MARGIN_MS = 60_000;

/**
 * The shares of an edge's origins over the time of a plan: by weight among the enabled origins of the lowest priority
 * number, as the journal's states before and after each write have them;
 * an origin behind a closed gate has none. Pure.
 *
 * Health and latency are left out: a journal knows nothing of them.
 * @returns undefined for a plan that sent nothing, or whose target is no edge.
 */
export function sharesOf({ journal }: Pick<Plan, 'journal'>): Shares | undefined {
  const samples = samplesOf(journal).toSorted((a, b) => a.at - b.at);
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) {
    return undefined;
  }
  const ids = [...new Set(samples.flatMap(({ origins }) => origins.map(({ id }) => id)))].sort();
  const margin = Math.max(LEAST_MARGIN_MS, (last.at - first.at) / 10);
  const ends = [...samples.slice(1).map(({ at }) => at), last.at + margin];
  const spans = samples.map(({ at, origins }, index) => ({
    from: index === 0 ? at - margin : at,
    to: ends[index] ?? at,
    shares: shareOut(origins, ids),
  }));
  return { origins: ids.map(shortName), spans: merged(spans.filter(({ from, to }) => to > from)) };
}

function samplesOf(journal: readonly JournalEntry[]): readonly Sample[] {
  let shut = shutBefore(journal);
  return journal.flatMap(({ at, precondition, state, endedAt, step }): readonly Sample[] => {
    const read = readOrigins(precondition);
    if (read === undefined) {
      return [];
    }
    const before = read.map((origin) => ({ ...origin, isShut: shut.has(origin.id) }));
    const sample = { at: Date.parse(at), origins: before };
    if (state !== 'written' || endedAt === undefined) {
      return [sample];
    }
    const written = after(before, step);
    shut = new Set(written.filter(({ isShut }) => isShut === true).map(({ id }) => id));
    return [sample, { at: Date.parse(endedAt), origins: written }];
  });
}

/** Preconditions say nothing of gates: one was closed before if the first thing that was done is to open it. */
function shutBefore(journal: readonly JournalEntry[]): ReadonlySet<string> {
  const first = new Map<string, boolean>();
  for (const { subject, group, from } of journal.flatMap(({ step }) => step.changes)) {
    if (group === 'gate' && !first.has(subject)) {
      first.set(subject, from['isShut'] === true);
    }
  }
  return new Set([...first].filter(([, isShut]) => isShut).map(([subject]) => subject));
}

/** An edge's precondition is its whole state as JSON, of one with a twin with the group that serves; another target's is a commit. */
function readOrigins(precondition: string): readonly Origin[] | undefined {
  try {
    const whole = JSON.parse(precondition) as { readonly live?: unknown } | null;
    const parsed = whole?.live ?? whole;
    return Array.isArray(parsed) && parsed.length > 0 && parsed.every(isOrigin) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isOrigin(value: unknown): value is Origin {
  const { id, enabled, weight, priority } = (value ?? {}) as Partial<Record<keyof Origin, unknown>>;
  const isNumber = typeof weight === 'number' && typeof priority === 'number';
  return typeof id === 'string' && typeof enabled === 'boolean' && isNumber;
}

function after(origins: readonly Origin[], { changes }: Step): readonly Origin[] {
  return origins.map((origin) =>
    changes
      .filter(({ subject }) => subject === origin.id)
      .reduce((changed, { to }) => ({ ...changed, ...(to as Partial<Origin>) }), origin),
  );
}

function shareOut(origins: readonly Origin[], ids: readonly string[]): readonly number[] {
  const enabled = origins.filter(isServing);
  const tier = Math.min(...enabled.map(({ priority }) => priority));
  const serving = enabled.filter(({ priority }) => priority === tier);
  const sum = serving.reduce((all, { weight }) => all + weight, 0);
  return ids.map((id) => (serving.find((origin) => origin.id === id)?.weight ?? 0) / Math.max(sum, 1));
}

/** Neighbours with the same shares are one. */
function merged(spans: readonly Span[]): readonly Span[] {
  const kept: Span[] = [];
  for (const span of spans) {
    const last = kept.at(-1);
    if (last?.shares.every((share, index) => share === span.shares[index]) === true) {
      kept[kept.length - 1] = { ...last, to: span.to };
    } else {
      kept.push(span);
    }
  }
  return kept;
}
