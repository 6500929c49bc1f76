import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryImageRegistry } from '../../../shared/adapters/in-memory/image-registry.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../../shared/adapters/in-memory/signal-queue.ts';
import { compose } from '../../../shared/composition/compose.ts';
import { parseResourceId } from '../../../shared/domain/azure/resource-id.ts';
import type { ImageGuards } from '../../../shared/domain/image/guards.ts';
import type { Fleet } from '../../../shared/fleet/model.ts';
import type { AuditRecord } from '../../../shared/records/audit.ts';
import type { Reflex } from '../../../shared/reflex.ts';
import { readSettings } from '../../../shared/settings.ts';

const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
const TARGET = 'github.com/contoso/gitops#main';
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const gitops = { name: 'shop', owner: 'Contoso', repo: 'GitOps', branch: 'main' };

/** `batchSize` and `visibilityTimeout` of host.json. */
const AT_ONCE = 16;
const REDELIVERED_MS = 5_000;

/** A branch with the manifests of some images, the composed app, and other people who write to the same branch. */
export class BranchStage {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly git: InMemoryGitRepository;
  readonly #queue = new InMemorySignalQueue(this.clock);
  readonly #registry = new InMemoryImageRegistry();
  readonly #reflex: Reflex;
  #count = 0;
  #active = 0;
  readonly #backlog: object[] = [];

  /** @param guards - of the one rule for all images; those of a fleet file that names none if absent. */
  constructor(images: readonly string[], guards?: ImageGuards) {
    this.git = new InMemoryGitRepository({
      clock: this.clock,
      branch: 'main',
      files: images.map((image) => fileOf(`dev/${image}.yaml`, textOf(image, '1.4.0'))),
    });
    const fleet: Fleet = {
      name: 'test',
      revision: 'r1',
      registries: [{ name: 'contoso', resourceId: parseResourceId(REGISTRY)!, loginServer: 'contoso.azurecr.io' }],
      keyVaults: [],
      repositories: [gitops],
      clusters: [],
      images: [
        {
          name: 'all',
          registry: 'contoso.azurecr.io',
          repository: 'shop/*',
          gitops,
          stages: [{ name: 'dev', paths: ['dev/**'], write: 'commit' }],
          policy: { kind: 'semver', range: '1.x', loose: false },
          mode: 'enforce',
          ...(guards === undefined ? {} : { guards }),
        },
      ],
      edges: [],
      fleetFiles: {},
    };
    const quiet = (): void => undefined;
    this.#reflex = compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
      clock: this.clock,
      random: new SeededRandom(1),
      rows: this.rows,
      blobs: new InMemoryBlobStore(),
      queue: this.#queue,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      registry: () => this.#registry,
      git: () => Promise.resolve(this.git),
      fleet: () => Promise.resolve(fleet),
    });
  }

  /** An image is pushed. @returns the event that says so. */
  push(image: string, tag: string, annotations: Readonly<Record<string, string>> = {}): object {
    this.#count += 1;
    return this.#pushed(image, tag, { id: `e${this.#count}`, annotations });
  }

  /** The same bytes are pushed again: the registry raises another event. */
  pushAgain(image: string, tag: string, first: object): object {
    this.#count += 1;
    const { id } = first as { readonly id: string };
    return { ...this.#pushed(image, tag, { id, annotations: {} }), id: `e${this.#count}` };
  }

  #pushed(
    image: string,
    tag: string,
    { id, annotations }: { readonly id: string; readonly annotations: Readonly<Record<string, string>> },
  ): object {
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE, layers: [], annotations: { id, ...annotations } };
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'c'.repeat(64)}`,
      size: 2,
    };
    const bytes = new TextEncoder().encode(JSON.stringify({ ...manifest, config }));
    const digest = this.#registry.push(`shop/${image}`, { bytes, mediaType: MEDIA_TYPE, tag });
    const eventTime = this.clock.now().toISOString();
    const target = { mediaType: MEDIA_TYPE, digest, repository: `shop/${image}`, tag };
    return {
      id,
      topic: REGISTRY,
      subject: 'x',
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      eventTime,
      data: { id, timestamp: eventTime, action: 'push', location: 'weu', target },
      dataVersion: '1.0',
      metadataVersion: '1',
    };
  }

  /** Delivers an event without running the clock. */
  async deliver(event: object): Promise<void> {
    await this.#reflex.handle(event);
  }

  async handle(event: object): Promise<void> {
    await this.clock.run(this.deliver(event));
  }

  /** The registries are read for pushes whose events were lost. */
  async sweep(): Promise<void> {
    await this.clock.run(this.#reflex.sweepRegistries());
  }

  /** Time goes on, with a tick and whatever lies on the queue each minute. */
  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      await this.clock.advance(60_000);
      await this.clock.run(this.#reflex.tick());
      for (const message of this.#queue.take()) {
        await this.clock.run(this.#reflex.handle(JSON.parse(message)));
      }
    }
  }

  /** Puts an event on the queue, for `seconds` to deliver. */
  post(event: object): void {
    this.#backlog.push(event);
    this.#pump();
  }

  /** Time goes on by seconds, and the host delivers: so many at a time, and again what has failed. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second += 1) {
      await this.clock.advance(1_000);
      this.#backlog.push(...this.#queue.take().map((message) => JSON.parse(message) as object));
      this.#pump();
    }
  }

  #pump(): void {
    while (this.#active < AT_ONCE && this.#backlog.length > 0) {
      const message = this.#backlog.shift();
      this.#active += 1;
      void this.#reflex
        .handle(message)
        .catch(async () => await this.#queue.send(JSON.stringify(message), REDELIVERED_MS))
        .finally(() => {
          this.#active -= 1;
          this.#pump();
        });
    }
  }

  /** Somebody else commits. */
  async commit(path: string, text: string, message: string): Promise<void> {
    const { commit: expectedHead } = await this.git.head('main');
    await this.git.commit({ branch: 'main', expectedHead, headline: message, body: '', changes: [fileOf(path, text)] });
  }

  async text(path: string): Promise<string> {
    const { tree } = await this.git.head('main');
    const entry = (await this.git.listTree(tree)).find((one) => one.path === path);
    return entry === undefined ? '' : new TextDecoder().decode((await this.git.readBlobs([entry.oid])).get(entry.oid));
  }

  /** Headlines since a commit, oldest first. */
  async log(since: string): Promise<readonly string[]> {
    const { commits } = await this.git.range(since, (await this.git.head('main')).commit);
    return commits.map(({ message }) => message.split('\n')[0] ?? '');
  }

  async kinds(): Promise<readonly string[]> {
    const rows = await this.rows.list(TARGET, 'audit|');
    return rows.map(({ value }) => (value as unknown as AuditRecord).kind);
  }
}

/** The manifest of an image. */
export function textOf(image: string, tag: string): string {
  return `image: contoso.azurecr.io/shop/${image}:${tag}\n`;
}

function fileOf(path: string, text: string): { path: string; mode: '100644'; content: Uint8Array<ArrayBuffer> } {
  return { path, mode: '100644', content: new TextEncoder().encode(text) };
}
