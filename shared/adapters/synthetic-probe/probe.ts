import { settingOf } from '../../domain/traffic/evidence-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeVote, EvidenceSource, WatchedEdge, WatchedOrigin } from '../../ports/evidence-source.ts';
import { isPlainLoopback } from '../arm-access.ts';
import { inTime } from '../ask-each.ts';
import { namedOrigins } from '../named-origins.ts';

export interface SyntheticProbeOptions {
  readonly clock: Clock;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Canonical region that the probes start from; absent: from outside of all. */
  readonly takenIn?: string;
}

/** What the application answers with, so that a probe through the public host knows who it was. */
const REGION_HEADER = 'x-reflex-region';

/** What a probe was answered; undefined: nothing at all, or not in time. */
interface Answered {
  readonly status: number;
  /** As the header has it. */
  readonly region?: string;
}

interface Answers {
  readonly public?: Answered | undefined;
  /** By name of the origin; one that was not probed is not there. */
  readonly direct: ReadonlyMap<string, Answered | undefined>;
}

/**
 * Probes of our own: through the public host, for the region that the answer names, and to the origins themselves. Both
 * are one source, so an origin has one vote by them.
 */
export class SyntheticProbe implements EvidenceSource {
  readonly name = 'synthetic';
  readonly #options: SyntheticProbeOptions;

  constructor(options: SyntheticProbeOptions) {
    this.#options = options;
  }

  async measure({ origins, evidence }: WatchedEdge): Promise<readonly EdgeVote[]> {
    const { synthetic } = evidence ?? {};
    if (synthetic === undefined) {
      return [];
    }
    const { url, timeoutMs } = synthetic;
    const [through, direct] = await Promise.all([
      url === undefined ? undefined : this.#probe(url, timeoutMs),
      Promise.all(
        origins.flatMap(({ name }) => {
          const own = settingOf(synthetic.origins, name);
          return own === undefined ? [] : [this.#probe(own, timeoutMs).then((answered) => [name, answered] as const)];
        }),
      ),
    ]);
    const { takenIn, clock } = this.#options;
    const [answering, other] = namedOrigins(origins, through?.region ?? '');
    return probeVerdicts(origins, { public: through, direct: new Map(direct) }).map(({ name, isBad }) => ({
      source: this.name,
      region: name,
      ...(takenIn === undefined ? {} : { takenIn }),
      at: clock.now().getTime(),
      ...(other === undefined && answering?.name === name ? { isAnswering: true as const } : {}),
      ...(isBad === undefined ? { hasNoData: true } : { isBad, hasNoData: false }),
    }));
  }

  async #probe(url: string, timeoutMs: number): Promise<Answered | undefined> {
    if (new URL(url).protocol !== 'https:' && !isPlainLoopback(url)) {
      throw new RangeError('a probe goes by https');
    }
    const { clock, fetch = globalThis.fetch } = this.#options;
    try {
      return await inTime(clock, timeoutMs, async (signal) => {
        // A cache's answer would say nothing of the region.
        const headers = { 'cache-control': 'no-cache', 'user-agent': 'aks-reflex' };
        const answer = await fetch(new Request(url, { headers, redirect: 'manual', cache: 'no-store', signal }));
        const region = answer.headers.get(REGION_HEADER);
        // The status has come, and that is all: how the body ends is not waited for.
        answer.body?.cancel().catch(() => undefined);
        return { status: answer.status, ...(region === null ? {} : { region }) };
      });
    } catch {
      return undefined;
    }
  }
}

/**
 * Each origin that was probed or named, and whether it is bad; undefined: not known. Pure.
 *
 * A region is bad if one of its answers is: anything but 2xx, or from its own host none at all. 429 says nothing, and
 * neither does an answer from the public host that names no region of ours: that is the edge itself. Where no probe at
 * all is answered, it may be us who are cut off.
 */
export function probeVerdicts(
  origins: readonly WatchedOrigin[],
  { public: through, direct }: Answers,
): readonly { readonly name: string; readonly isBad?: boolean }[] {
  const isCutOff = through === undefined && [...direct.values()].every((answered) => answered === undefined);
  const named = namedOrigins(origins, through?.region ?? '').map(({ name }) => name);
  return origins
    .filter(({ name }) => direct.has(name) || named.includes(name))
    .map(({ name }) => {
      const said = [
        ...(direct.has(name) ? [isBadAnswer(direct.get(name))] : []),
        ...(named.includes(name) ? [isBadAnswer(through)] : []),
      ].filter((isBad) => isBad !== undefined);
      return isCutOff || said.length === 0 ? { name } : { name, isBad: said.includes(true) };
    });
}

function isBadAnswer(answered: Answered | undefined): boolean | undefined {
  return answered?.status === 429
    ? undefined
    : answered === undefined || answered.status < 200 || answered.status > 299;
}
