/** Least and greatest weight of Front Door and Traffic Manager; 0 is never a weight, a drained origin is disabled. */
export const MIN_WEIGHT = 1;
export const MAX_WEIGHT = 1000;

/** One origin and how much of the traffic it is to get, relative to the others; above 0. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

/**
 * Whole weights for shares, by largest remainder; ties go to the smaller name. Pure; the order of `shares` does not
 * matter.
 *
 * The weights add up to `total` wherever whole weights from 1 to 1000 can; where a share would need more than 1000, the
 * greatest gets 1000 and the others keep their ratio to it.
 *
 * @param shares - at least one, names distinct.
 * @throws RangeError for a share that is not above 0 and finite, or a total that is no whole number above 0.
 */
export function weightsFor(shares: readonly Share[], total: number): ReadonlyMap<string, number> {
  const broken = shares.find(({ share }) => !(share > 0) || !Number.isFinite(share));
  if (broken !== undefined || !Number.isInteger(total) || total < 1) {
    throw new RangeError(broken === undefined ? `a total of ${total}` : `${broken.name}: a share of ${broken.share}`);
  }
  const sorted = bounded(shares).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sum = sorted.reduce((all, { share }) => all + share, 0);
  const most = (Math.max(...sorted.map(({ share }) => share)) / sum) * total;
  const fits = total >= sorted.length && total <= MAX_WEIGHT * sorted.length && most <= MAX_WEIGHT + ROUNDING;
  return fits ? dividedExactly(sorted, total) : scaledToMost(sorted);
}

/** The same ratios, small enough to be added up. */
function bounded(shares: readonly Share[]): readonly Share[] {
  const isFine = Number.isFinite(shares.reduce((all, { share }) => all + share, 0));
  return isFine ? shares : shares.map(({ name, share }) => ({ name, share: share / Number.MAX_VALUE }));
}

/** Binary fractions of whole numbers: remainders that are as good as equal are a tie. */
const ROUNDING = 1e-9;

/** Shares below 1 get 1; the rest is divided among the others, whole parts first, then by largest remainder. */
function dividedExactly(shares: readonly Share[], total: number): ReadonlyMap<string, number> {
  const small = new Set<string>();
  for (;;) {
    const large = shares.filter(({ name }) => !small.has(name));
    const sum = large.reduce((all, { share }) => all + share, 0);
    const room = total - small.size;
    const raw = large.map(({ name, share }) => ({ name, raw: (share / sum) * room }));
    const tiny = raw.filter((one) => one.raw < MIN_WEIGHT);
    if (tiny.length === 0) {
      const least = shares.filter(({ name }) => small.has(name)).map(({ name }) => [name, MIN_WEIGHT] as const);
      return new Map([...least, ...byLargestRemainder(raw, room)]);
    }
    tiny.forEach(({ name }) => small.add(name));
  }
}

function byLargestRemainder(
  parts: readonly { readonly name: string; readonly raw: number }[],
  room: number,
): readonly (readonly [string, number])[] {
  const missing = room - parts.reduce((sum, { raw }) => sum + Math.floor(raw), 0);
  const byRemainder = parts
    .map(({ name, raw }) => ({ name, rest: Math.round((raw - Math.floor(raw)) / ROUNDING) }))
    .toSorted((a, b) => b.rest - a.rest || (a.name < b.name ? -1 : 1));
  const rounded = new Set(byRemainder.slice(0, missing).map(({ name }) => name));
  return parts.map(({ name, raw }) => [name, Math.floor(raw) + (rounded.has(name) ? 1 : 0)] as const);
}

function scaledToMost(shares: readonly Share[]): ReadonlyMap<string, number> {
  const most = Math.max(...shares.map(({ share }) => share));
  return new Map(
    shares.map(({ name, share }) => [name, Math.max(MIN_WEIGHT, Math.round((share / most) * MAX_WEIGHT))]),
  );
}
