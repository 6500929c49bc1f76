import type { EdgeOrigin, EdgeProbe } from './settings.ts';

interface Sample {
  readonly isOk: boolean;
  readonly latencyMs?: number;
}

/** Latency is averaged over this many probes, however few decide on health. */
const LATENCY_SAMPLES = 4;
/** Longest memory that a rule can ask for: `sampleSize` is at most 255. */
const MAX_SAMPLES = 256;

/**
 * What an edge's probes have found of its origins.
 *
 * An origin that is new, or enabled again, counts as well until enough probes say otherwise; none of the documents tells.
 */
export class Prober {
  /** By id of the origin; newest last. */
  readonly #samples = new Map<string, Sample[]>();

  record(origin: string, sample: Sample): void {
    this.#samples.set(origin, [...(this.#samples.get(origin) ?? []), sample].slice(-MAX_SAMPLES));
  }

  /** What was found of an origin that is not probed any more says nothing later. */
  forget(origin: string): void {
    this.#samples.delete(origin);
  }

  isHealthy({ id, isAlwaysServed }: EdgeOrigin, probe: EdgeProbe | undefined): boolean {
    if (probe === undefined || isAlwaysServed) {
      return true;
    }
    const samples = this.#samples.get(id) ?? [];
    const { rule } = probe;
    if (rule.by === 'samples') {
      return samples.slice(-rule.size).filter(({ isOk }) => !isOk).length <= rule.size - rule.required;
    }
    const lastOk = samples.findLastIndex(({ isOk }) => isOk);
    return samples.length - 1 - lastOk <= rule.tolerated;
  }

  /** Mean of the newest probes that were answered, in milliseconds; undefined before the first. */
  latencyMs(origin: string): number | undefined {
    const known = (this.#samples.get(origin) ?? []).flatMap(({ latencyMs }) => latencyMs ?? []).slice(-LATENCY_SAMPLES);
    return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0) / known.length;
  }
}
