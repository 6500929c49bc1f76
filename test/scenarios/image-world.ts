import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryImageRegistry } from '../../shared/adapters/in-memory/image-registry.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { compose } from '../../shared/composition/compose.ts';
import { parseResourceId } from '../../shared/domain/azure/resource-id.ts';
import type { Fleet, FleetImage } from '../../shared/fleet/model.ts';
import { explainImageNow, type ImageExplanation } from '../../shared/pipeline/images/explain-image.ts';
import { Ledger } from '../../shared/records/ledger.ts';
import { gitBranchKind } from '../../shared/targets/git-branch/index.ts';
import { readSettings } from '../../shared/settings.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';

export const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
export const TARGET = 'github.com/contoso/gitops#main';
export const FILES = {
  'dev/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0 # keep me\n',
  'dev/other.yaml': 'image: contoso.azurecr.io/shop/other:1.0.0\n',
  'prod/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0\n',
  '.github/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0\n',
};
const gitops = { name: 'shop', owner: 'Contoso', repo: 'GitOps', branch: 'main' };
export const IMAGE_RULE: FleetImage = {
  name: 'web',
  registry: 'contoso.azurecr.io',
  repository: 'shop/*',
  gitops,
  stages: [
    { name: 'dev', paths: ['dev/**', '.github/**'], write: 'commit' },
    { name: 'prod', after: 'dev', paths: ['prod/**'], write: 'commit' },
  ],
  policy: { kind: 'semver', range: '1.x', loose: false },
  mode: 'enforce',
};

/** The app on in-memory ports: one registry, one branch, one rule. */
export class World {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly blobs = new InMemoryBlobStore();
  readonly queue = new InMemorySignalQueue(this.clock);
  readonly registry = new InMemoryImageRegistry();
  readonly git: InMemoryGitRepository;
  readonly reflex: Reflex;
  /** What an operator is told of: `level message`. */
  readonly warned: string[] = [];
  readonly rule: FleetImage;
  readonly #fleet: Fleet;
  #events = 0;

  constructor(rule: Partial<FleetImage> = {}, files: Readonly<Record<string, string>> = FILES) {
    this.git = new InMemoryGitRepository({
      clock: this.clock,
      branch: 'main',
      files: Object.entries(files).map(([path, text]) => ({
        path,
        mode: '100644' as const,
        content: new TextEncoder().encode(text),
      })),
    });
    this.rule = { ...IMAGE_RULE, ...rule };
    const fleet: Fleet = {
      name: 'test',
      revision: 'r1',
      registries: [{ name: 'contoso', resourceId: parseResourceId(REGISTRY)!, loginServer: 'contoso.azurecr.io' }],
      keyVaults: [],
      repositories: [gitops],
      clusters: [],
      images: [this.rule],
      edges: [],
      fleetFiles: { 'contoso/gitops': ['dev/reflex.yaml'] },
    };
    this.#fleet = fleet;
    this.reflex = compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
      clock: this.clock,
      random: new SeededRandom(1),
      rows: this.rows,
      blobs: this.blobs,
      queue: this.queue,
      registry: () => this.registry,
      git: () => Promise.resolve(this.git),
      fleet: () => Promise.resolve(fleet),
      log: {
        debug: quiet,
        info: quiet,
        warn: (message) => void this.warned.push(`warn ${message}`),
        error: (message) => void this.warned.push(`error ${message}`),
      },
    });
  }

  /** Stores an image in the registry and answers with the event that ACR would raise. */
  push(
    tag: string | undefined,
    { repository = 'shop/web', config = 'application/vnd.oci.image.config.v1+json' } = {},
  ): Record<string, unknown> {
    this.#events += 1;
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const bytes = new TextEncoder().encode(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: { mediaType: config, digest: `sha256:${'c'.repeat(64)}`, size: 2 },
        layers: [],
        annotations: { n: String(this.#events) },
      }),
    );
    const pushed: unknown = this.registry.push(repository, { bytes, mediaType, ...(tag === undefined ? {} : { tag }) });
    return this.event(`e${this.#events}`, {
      repository,
      ...(tag === undefined ? {} : { tag }),
      ...(typeof pushed === 'string' ? { digest: pushed } : {}),
    });
  }

  event(id: string, target: object): Record<string, unknown> {
    const eventTime = this.clock.now().toISOString();
    const data = {
      id,
      timestamp: eventTime,
      action: 'push',
      location: 'weu',
      target: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${'a'.repeat(64)}`,
        ...target,
      },
    };
    return {
      id,
      topic: REGISTRY.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
      subject: 'x',
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      eventTime,
      data,
      dataVersion: '1.0',
      metadataVersion: '1',
    };
  }

  /** What a rule would choose now, as the app answers people. */
  async explain(rule: FleetImage, repository: string): Promise<ImageExplanation> {
    const branches = gitBranchKind({
      branch: () => Promise.resolve({ repository: this.git, branch: 'main', fleetFiles: [] }),
      recordLink: (id) => id,
      blobs: this.blobs,
    });
    return await explainImageNow(rule, repository, {
      registry: () => this.registry,
      branches,
      clock: this.clock,
      rows: this.rows,
      imageGates: [],
      fleet: () => Promise.resolve(this.#fleet),
    });
  }

  async handle(message: unknown): Promise<void> {
    await this.clock.run(this.reflex.handle(message));
  }

  async text(path: string): Promise<string> {
    const { tree } = await this.git.head('main');
    const entry = (await this.git.listTree(tree)).find((one) => one.path === path);
    return new TextDecoder().decode((await this.git.readBlobs([entry!.oid])).get(entry!.oid));
  }

  async outcome(id: string): Promise<string> {
    const row = await new Ledger(this.rows).find(`${REGISTRY.toLowerCase()}#${id}`);
    return row === undefined ? 'none' : `${row.outcome}: ${row.reason}`;
  }

  async records(): Promise<readonly string[]> {
    return (await this.rows.list(TARGET, 'audit|')).map(({ value }) => (value as { kind: string }).kind);
  }

  async parked(): Promise<number> {
    return (await this.blobs.list('parked/')).length;
  }
}

/** A branch whose stage dev shows one tag. */
export function standing(tag: string): Record<string, string> {
  return { 'dev/web.yaml': `image: contoso.azurecr.io/shop/web:${tag}\n` };
}

function quiet(): void {
  // Nobody is woken by these.
}
