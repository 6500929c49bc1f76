import { judge, outranks, readKeys, type SignedGates } from '../../examples/gate/document.mjs';
import type { BlobStore } from '../../shared/ports/blob-store.ts';
import type { Clock } from '../../shared/ports/clock.ts';

export interface LocalGateOptions {
  /** ARM id in lower case, and the name of the origin in the document. */
  readonly edge: string;
  readonly origin: string;
  /** PEM of the key that signs. */
  readonly publicKey: string;
  /** Name of the document in each store. */
  readonly blob: string;
  readonly stores: readonly BlobStore[];
  readonly clock: Clock;
  readonly onChange: (isOpen: boolean) => void;
}

/** As often as `examples/gate/server.mjs` reads. */
const POLL_MS = 2_000;

/**
 * The gate of one origin, by the rules of `examples/gate`: the newest document that is ours and names the origin is in
 * force, and what cannot be read changes nothing.
 */
export class LocalGate {
  readonly #options: LocalGateOptions;
  readonly #who: { readonly keys: ReturnType<typeof readKeys>; readonly edge: string; readonly origin: string };
  readonly #stop = new AbortController();
  #document: SignedGates | undefined;
  #loops: readonly Promise<void>[] = [];

  constructor(options: LocalGateOptions) {
    this.#options = options;
    this.#who = { keys: readKeys(options.publicKey), edge: options.edge, origin: options.origin };
  }

  /** Reads every store once; then each goes on by itself, so that none waits for another. */
  async start(): Promise<void> {
    const { stores } = this.#options;
    await Promise.all(stores.map((store) => this.#look(store)));
    this.#loops = stores.map((store) => this.#repeat(store));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #repeat(store: BlobStore): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#options.clock.sleep(POLL_MS, signal).catch(() => undefined);
      if (signal.aborted) {
        return;
      }
      await this.#look(store);
    }
  }

  async #look(store: BlobStore): Promise<void> {
    const { blob, clock, onChange } = this.#options;
    const found = await store.get(blob).catch(() => undefined);
    if (found === undefined) {
      return;
    }
    const { document } = judge(Buffer.from(found.bytes).toString('latin1'), this.#who, clock.now().getTime());
    if (document !== undefined && (this.#document === undefined || outranks(document, this.#document))) {
      this.#document = document;
      onChange(!document.closed.includes(this.#who.origin));
    }
  }
}
