import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryImageRegistry } from '../../shared/adapters/in-memory/image-registry.ts';
import { InMemoryPullRequests } from '../../shared/adapters/in-memory/pull-requests.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import { compose } from '../../shared/composition/compose.ts';
import { parseResourceId } from '../../shared/domain/azure/resource-id.ts';
import { USUAL_PULL_REQUESTS, type PullRequestSettings } from '../../shared/domain/image/writing-settings.ts';
import type { Fleet, FleetImage, FleetRepository } from '../../shared/fleet/model.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import type { FileChange } from '../../shared/ports/git-repository.ts';
import type { PullRequest } from '../../shared/ports/pull-requests.ts';
import type { AuditRecord } from '../../shared/records/audit.ts';
import { Ledger } from '../../shared/records/ledger.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { readSettings } from '../../shared/settings.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';

const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
export const BRANCH = 'github.com/contoso/gitops#main';
export const HEAD = 'reflex/main/prod';
const FILES = {
  'dev/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0\n',
  'prod/web.yaml': '# kept\nimage: contoso.azurecr.io/shop/web:1.4.0 # as well\n',
  'prod/api.yaml': 'image: contoso.azurecr.io/shop/api:1.4.0\n',
};

/** What goes around the ports, to let one of them fail or die. */
export type Wrap = <Port extends object>(name: string, port: Port) => Port;

/** The whole app over a repository in memory, in virtual time; people at its pull requests. */
export class PullRequestWorld {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly blobs = new InMemoryBlobStore();
  readonly registry = new InMemoryImageRegistry();
  readonly git: InMemoryGitRepository;
  readonly pulls: InMemoryPullRequests;
  readonly reflex: Reflex;
  wrap: Wrap = (_name, port) => port;
  #events = 0;

  constructor(settings: Partial<PullRequestSettings> = {}, mode: FleetImage['mode'] = 'enforce') {
    const files = Object.entries(FILES).map(([path, text]) => file(path, text));
    this.git = new InMemoryGitRepository({ clock: this.clock, branch: 'main', files });
    this.pulls = new InMemoryPullRequests(this.git, this.clock);
    const gitops: FleetRepository = {
      name: 'shop',
      owner: 'Contoso',
      repo: 'GitOps',
      branch: 'main',
      pullRequests: { ...USUAL_PULL_REQUESTS, ...settings },
    };
    const rule: FleetImage = {
      name: 'web',
      registry: 'contoso.azurecr.io',
      repository: 'shop/*',
      gitops,
      stages: [{ name: 'prod', paths: ['prod/**'], write: 'pull-request' }],
      policy: { kind: 'semver', range: '1.x', loose: false },
      mode,
    };
    const fleet = {
      name: 'test',
      revision: 'r1',
      registries: [{ name: 'contoso', resourceId: parseResourceId(REGISTRY)!, loginServer: 'contoso.azurecr.io' }],
      keyVaults: [],
      repositories: [gitops],
      clusters: [],
      images: [rule],
      edges: [],
      fleetFiles: {},
    } satisfies Fleet;
    this.reflex = compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
      clock: this.clock,
      random: new SeededRandom(1),
      rows: this.rows,
      blobs: this.blobs,
      queue: new InMemorySignalQueue(this.clock),
      registry: () => this.registry,
      git: () => Promise.resolve(this.git),
      pullRequests: () => Promise.resolve(this.pulls),
      fleet: () => Promise.resolve(fleet),
      wrap: (name, port) => this.wrap(name, port),
    });
  }

  /** Stores an image in the registry and lets the app handle its event. @returns the event's id */
  async push(tag: string, { repository = 'shop/web', id = '' } = {}): Promise<string> {
    this.#events += 1;
    const event = id === '' ? `e${this.#events}` : id;
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'c'.repeat(64)}`,
      size: 2,
    };
    const annotations = { n: String(this.#events) };
    const manifest = { schemaVersion: 2, mediaType, config, layers: [], annotations };
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    const digest = this.registry.push(repository, { bytes, mediaType, tag });
    const eventTime = this.clock.now().toISOString();
    const target = { mediaType, digest, repository, tag };
    await this.run(
      this.reflex.handle({
        id: event,
        topic: REGISTRY,
        subject: 'x',
        eventType: 'Microsoft.ContainerRegistry.ImagePushed',
        eventTime,
        data: { id: event, timestamp: eventTime, action: 'push', location: 'weu', target },
        dataVersion: '1.0',
        metadataVersion: '1',
      }),
    );
    return event;
  }

  async tick(): Promise<void> {
    await this.clock.run(this.clock.sleep(60_000));
    await this.run(this.reflex.tick());
  }

  async run(work: Promise<unknown>): Promise<void> {
    await this.clock.run(work);
  }

  /** A person's commit, on any branch. */
  commitAs(branch: string, path: string, text: string): string {
    const { commit } = this.git.tipOf(branch)!;
    const made = this.git.commitOn(commit, [file(path, text)], () => 'by hand');
    this.git.setBranch(branch, made);
    return made;
  }

  /** Oldest first. */
  async all(head = HEAD): Promise<readonly PullRequest[]> {
    return (await this.pulls.list({ head, base: 'main' })).toReversed();
  }

  async states(head = HEAD): Promise<readonly string[]> {
    return (await this.all(head)).map(({ number, state }) => `#${number} ${state}`);
  }

  async text(path: string, branch = 'main'): Promise<string> {
    const { tree } = await this.git.head(branch);
    const entry = (await this.git.listTree(tree)).find((one) => one.path === path);
    return new TextDecoder().decode((await this.git.readBlobs([entry!.oid])).get(entry!.oid));
  }

  async intents(): Promise<readonly string[]> {
    const rows = (await this.rows.list(BRANCH, 'intent|')).map(({ value }) => value as unknown as Intent);
    return rows.map(({ subject, state, note = '' }) => `${subject.split('/').at(-1)} ${state} ${note}`.trim());
  }

  async outcome(id: string): Promise<string> {
    const row = await new Ledger(this.rows).find(`${REGISTRY.toLowerCase()}#${id}`);
    return row === undefined ? 'none' : `${row.outcome}: ${row.reason}`;
  }

  async records(): Promise<readonly AuditRecord[]> {
    return (await this.rows.list(BRANCH, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
  }

  async kinds(): Promise<readonly string[]> {
    return (await this.records()).map(({ kind }) => kind);
  }
}

function file(path: string, text: string): FileChange {
  return { path, mode: '100644', content: new TextEncoder().encode(text) };
}
