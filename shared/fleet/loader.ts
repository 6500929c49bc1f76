import { digestOf } from '../domain/digest.ts';
import type { Json } from '../domain/json.ts';
import { InvalidFleetError } from '../errors.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { buildFleet, type BuiltFleet, type PartReport } from './build.ts';
import type { Ceiling } from './ceiling.ts';
import { compareTargets, isLargeChange, type TargetChange } from './change.ts';
import { formatFinding, sortFindings, type Finding } from './findings.ts';
import { gatherParts, type Gathered, type GatherOptions } from './read/gather.ts';
import { LastGoodStore, type LastGood } from './read/last-good.ts';
import type { LoadedFleet } from './model.ts';

export interface FleetLoaderOptions extends Pick<GatherOptions, 'root' | 'openRepository'> {
  readonly ceiling: Ceiling;
  /** Keeps the last good texts under `fleet/last-good/`. */
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** The files are looked at again when this much time has passed. */
  readonly refreshMs: number;
  readonly log: Log;
}

/** The fleet in force and what is to be known about its files. */
export interface FleetSnapshot {
  readonly fleet: LoadedFleet;
  readonly findings: readonly Finding[];
  /** When this snapshot was made; it stays while nothing changes. */
  readonly loadedAt: Date;
  readonly parts: readonly PartReport[];
  /** A newer revision that changes too many targets to take force by itself. */
  readonly needsApproval?: TargetChange & { readonly revision: string };
}

interface Loaded {
  readonly snapshot: FleetSnapshot;
  /** Of everything that the snapshot was made from. */
  readonly fingerprint: string;
  /** Texts that wait for an approval. */
  readonly pending?: LastGood;
}

/** Loads the fleet, and loads it again by itself when one of its files changes. */
export class FleetLoader {
  readonly #options: FleetLoaderOptions;
  readonly #lastGood: LastGoodStore;
  #loaded: Loaded | undefined;
  #checkedAt = -Infinity;
  #loading: Promise<FleetSnapshot> | undefined;

  constructor(options: FleetLoaderOptions) {
    this.#options = options;
    this.#lastGood = new LastGoodStore(options.blobs, options.root.file);
  }

  /**
   * The fleet in force. Callers at the same time share one load. While files or storage cannot be read, the fleet that
   * was in force stays.
   *
   * @throws InvalidFleetError if the root file is bad and was never good.
   * @throws ReflexError if nothing was ever loaded and the files or the storage cannot be read.
   */
  async current(): Promise<FleetSnapshot> {
    const now = this.#options.clock.now().getTime();
    if (this.#loaded !== undefined && now - this.#checkedAt < this.#options.refreshMs) {
      return this.#loaded.snapshot;
    }
    this.#loading ??= this.#check(now).finally(() => (this.#loading = undefined));
    return await this.#loading;
  }

  /**
   * Puts the waiting revision in force, for every instance of the app.
   * @returns false if it is not (or no longer) the revision that waits.
   */
  async accept(revision: string): Promise<boolean> {
    await this.current();
    const pending = this.#loaded?.pending;
    if (pending?.revision !== revision) {
      return false;
    }
    await this.#lastGood.write(pending);
    this.#checkedAt = -Infinity;
    await this.current();
    return true;
  }

  async #check(now: number): Promise<FleetSnapshot> {
    try {
      this.#loaded = await this.#load();
    } catch (error) {
      if (this.#loaded === undefined) {
        throw error;
      }
      this.#options.log.error('fleet: reload failed, the former fleet stays in force', { error: String(error) });
    }
    this.#checkedAt = now;
    return this.#loaded.snapshot;
  }

  async #load(): Promise<Loaded> {
    const lastGood = await this.#lastGood.read();
    const gathered = await gatherParts({ ...this.#options, lastGood: lastGood?.parts ?? [] });
    const fingerprint = fingerprintOf(gathered, lastGood?.revision);
    if (this.#loaded?.fingerprint === fingerprint) {
      return this.#loaded;
    }
    const built = this.#build(gathered, lastGood);
    const before = lastGood === undefined ? undefined : this.#inForce(lastGood);
    const change = before?.fleet === undefined ? undefined : compareTargets(before.fleet, built.fleet);
    if (before?.fleet !== undefined && change !== undefined && isLargeChange(change)) {
      return this.#hold({ ...before, fleet: before.fleet }, { built, change, fingerprint });
    }
    return await this.#take(built, lastGood, fingerprintOf(gathered, built.fleet.revision));
  }

  #build(gathered: Gathered, lastGood: LastGood | undefined): InForce {
    const built = buildFleet(gathered.choices, this.#options.ceiling);
    const findings = sortFindings([...gathered.findings, ...built.findings]);
    if (built.fleet !== undefined) {
      return { ...built, fleet: built.fleet, findings };
    }
    // The files do not fit together even with single parts stepped back: the whole former set stays.
    const former = lastGood === undefined ? undefined : this.#inForce(lastGood);
    if (former?.fleet !== undefined) {
      return { ...former, fleet: former.fleet, findings };
    }
    if (gathered.choices.length === 0 && gathered.cause !== undefined) {
      throw gathered.cause;
    }
    throw new InvalidFleetError(findings.map(formatFinding).join('\n'));
  }

  /** What the texts in force give under the ceiling of today. */
  #inForce(lastGood: LastGood): BuiltFleet {
    const built = buildFleet(
      lastGood.parts.map((part) => ({ current: part })),
      this.#options.ceiling,
    );
    return { ...built, parts: built.parts.map((part) => ({ ...part, state: 'last-good' })) };
  }

  #hold(before: InForce, { built, change, fingerprint }: Held): Loaded {
    const { revision } = built.fleet;
    const { clock, log } = this.#options;
    log.warn('fleet: a large change waits for approval', { revision, changed: change.changed, of: change.of });
    const needsApproval = { ...change, revision };
    const snapshot = {
      fleet: before.fleet,
      findings: built.findings,
      loadedAt: clock.now(),
      parts: before.parts,
      needsApproval,
    };
    return { snapshot, fingerprint, pending: { revision, parts: built.texts } };
  }

  async #take(built: InForce, lastGood: LastGood | undefined, fingerprint: string): Promise<Loaded> {
    const { fleet, findings, parts, texts } = built;
    const { clock, log } = this.#options;
    const taken: LastGood = { revision: fleet.revision, parts: texts };
    if (lastGood === undefined || digestOf(asJson(lastGood)) !== digestOf(asJson(taken))) {
      await this.#lastGood.write(taken);
    }
    const bad = parts.filter(({ state }) => state !== 'current').length;
    log.info('fleet: loaded', { revision: fleet.revision, parts: parts.length, bad, findings: findings.length });
    return { snapshot: { fleet, findings, parts, loadedAt: clock.now() }, fingerprint };
  }
}

interface InForce extends BuiltFleet {
  readonly fleet: LoadedFleet;
}

interface Held {
  readonly built: InForce;
  readonly change: TargetChange;
  readonly fingerprint: string;
}

function asJson(lastGood: LastGood): Json {
  return lastGood as unknown as Json;
}

function fingerprintOf({ choices, findings }: Gathered, revision: string | undefined): string {
  return digestOf([
    revision ?? '',
    ...findings.map(formatFinding),
    ...choices.map(({ current, lastGood: last }) => `${current?.file ?? last?.file ?? ''} ${current?.version ?? ''}`),
  ]);
}
