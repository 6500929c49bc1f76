import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryImageRegistry } from '../../../shared/adapters/in-memory/image-registry.ts';
import { InMemoryPullRequests } from '../../../shared/adapters/in-memory/pull-requests.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../../shared/adapters/in-memory/signal-queue.ts';
import { InMemoryWorkflows } from '../../../shared/adapters/in-memory/workflows.ts';
import { CommitStatusVerifier } from '../../../shared/adapters/stage-verifiers/commit-status.ts';
import { WorkflowVerifier } from '../../../shared/adapters/stage-verifiers/workflow.ts';
import { compose } from '../../../shared/composition/compose.ts';
import { parseResourceId } from '../../../shared/domain/azure/resource-id.ts';
import { progressKey, type StageProgress } from '../../../shared/domain/image/progress.ts';
import type { Fleet, FleetImage, FleetStage } from '../../../shared/fleet/model.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import { sealEnvelope } from '../../../shared/pipeline/envelope.ts';
import type { CommitStatus } from '../../../shared/ports/git-repository.ts';
import type { StageVerifier } from '../../../shared/ports/stage-verifier.ts';
import type { PullRequest } from '../../../shared/ports/pull-requests.ts';
import type { AuditRecord } from '../../../shared/records/audit.ts';
import type { Reflex } from '../../../shared/reflex.ts';
import { isStopped } from '../../../shared/reconcile/guards/kill-switch.ts';
import { readSettings } from '../../../shared/settings.ts';

const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const IMAGE = 'contoso.azurecr.io/shop/web';
export const TARGET = 'github.com/contoso/gitops#main';
export const HOUR = 60;

/** dev (verified, soaks two hours) and prod after it, each with a cluster of its own. */
export const STAGES: readonly [FleetStage, FleetStage] = [
  {
    ...{ name: 'dev', paths: ['dev/**'], write: 'commit', clusters: ['shop-dev'], soakMs: 2 * 3_600_000 },
    verify: [{ kind: 'commitStatus', contexts: ['kustomization/{cluster}/*'], timeoutMs: 1_800_000 }],
  },
  {
    ...{ name: 'prod', after: 'dev', paths: ['prod/**'], write: 'commit', clusters: ['shop-prod'] },
    verify: [{ kind: 'commitStatus', contexts: ['kustomization/{cluster}/*'], timeoutMs: 1_800_000 }],
  },
];

/** An image that goes through stages, the composed app, agents that post statuses, and people who commit. */
export class PromotionStage {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly git: InMemoryGitRepository;
  readonly pulls: InMemoryPullRequests;
  readonly registry = new InMemoryImageRegistry();
  readonly workflows = new InMemoryWorkflows(this.clock);
  readonly #queue = new InMemorySignalQueue(this.clock);
  readonly #fleet: Fleet;
  #reflex: Reflex;
  #count = 0;

  constructor(stages: readonly FleetStage[] = STAGES, rule: Partial<FleetImage> = {}) {
    const gitops = { name: 'shop', owner: 'Contoso', repo: 'GitOps', branch: 'main' };
    this.git = new InMemoryGitRepository({
      clock: this.clock,
      branch: 'main',
      files: stages.map(({ name }) => fileOf(`${name}/web.yaml`, textOf('1.0.0'))),
    });
    this.pulls = new InMemoryPullRequests(this.git, this.clock);
    this.#fleet = {
      ...{
        name: 'test',
        revision: 'r1',
        keyVaults: [],
        repositories: [gitops],
        clusters: [],
        edges: [],
        fleetFiles: {},
      },
      registries: [{ name: 'contoso', resourceId: parseResourceId(REGISTRY)!, loginServer: 'contoso.azurecr.io' }],
      images: [
        {
          ...{ name: 'web', registry: 'contoso.azurecr.io', repository: 'shop/web', gitops, stages, mode: 'enforce' },
          policy: { kind: 'semver', range: '1.x', loose: false },
          ...rule,
        },
      ],
    };
    this.store('1.0.0');
    this.#reflex = this.#composed();
  }

  /** The process dies and another one starts on the same rows. */
  restart(): void {
    this.#reflex = this.#composed();
  }

  /** Stores an image without telling anybody. @returns its digest. */
  store(tag: string, content = tag): string {
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'c'.repeat(64)}`,
      size: 2,
    };
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE, config, layers: [], annotations: { content } };
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    return this.registry.push('shop/web', { bytes, mediaType: MEDIA_TYPE, tag });
  }

  /** An image is pushed, and the event is delivered. */
  async push(tag: string): Promise<void> {
    const digest = this.store(tag);
    this.#count += 1;
    const eventTime = this.clock.now().toISOString();
    const id = `e${this.#count}`;
    const target = { mediaType: MEDIA_TYPE, digest, repository: 'shop/web', tag };
    const data = { id, timestamp: eventTime, action: 'push', location: 'weu', target };
    const event = {
      id,
      topic: REGISTRY,
      subject: 'x',
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      eventTime,
    };
    await this.clock.run(this.#reflex.handle({ ...event, data, dataVersion: '1.0', metadataVersion: '1' }));
  }

  /** A person lets go of all holds on a stage. */
  async release(stage: string): Promise<void> {
    this.#count += 1;
    const asked = { command: 'release', image: IMAGE, stage, reason: 'mended' } as const;
    const given = { id: `c${this.#count}`, by: 'alice', at: this.clock.now().toISOString(), asked };
    const message: unknown = JSON.parse(sealEnvelope({ kind: 'image-command', given }));
    await this.clock.run(this.#reflex.handle(message));
  }

  /** Time goes on, with a tick and whatever lies on the queue each minute. */
  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      await this.clock.advance(60_000);
      await this.tick();
      for (const message of this.#queue.take()) {
        await this.clock.run(this.#reflex.handle(JSON.parse(message)));
      }
    }
  }

  async tick(): Promise<void> {
    await this.clock.run(this.#reflex.tick());
  }

  /** What an agent says of the head, or of another commit. */
  async says(cluster: string, state: CommitStatus['state'], commit?: string): Promise<void> {
    const about = commit ?? (await this.git.head('main')).commit;
    this.git.setStatus(about, { context: `kustomization/${cluster}/0c9c2e41`, state, description: '' });
  }

  /** Somebody else commits. */
  async commit(path: string, text: string): Promise<void> {
    const { commit: expectedHead } = await this.git.head('main');
    const changes = [fileOf(path, text)];
    await this.git.commit({ branch: 'main', expectedHead, headline: `Change ${path}`, body: '', changes });
  }

  /** Pull requests of a stage, newest first. */
  async proposals(stage: string): Promise<readonly PullRequest[]> {
    return await this.pulls.list({ head: `reflex/main/${stage}`, base: 'main' });
  }

  async text(stage: string): Promise<string> {
    const { tree } = await this.git.head('main');
    const entry = (await this.git.listTree(tree)).find(({ path }) => path === `${stage}/web.yaml`);
    return entry === undefined ? '' : new TextDecoder().decode((await this.git.readBlobs([entry.oid])).get(entry.oid));
  }

  async tag(stage: string): Promise<string> {
    return /:([^: \n]+)$/m.exec(await this.text(stage))?.[1] ?? '';
  }

  async row(stage: string): Promise<StageProgress> {
    const row = await this.rows.get(TARGET, progressKey({ image: IMAGE, stage }));
    return row?.value as unknown as StageProgress;
  }

  async intents(): Promise<readonly Intent[]> {
    return (await this.rows.list(TARGET, 'intent|')).map(({ value }) => value as unknown as Intent);
  }

  /** Reasons for which people were called. */
  async calls(): Promise<readonly string[]> {
    const records = (await this.rows.list(TARGET, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    return records.filter(({ kind }) => kind === 'paged').map(({ facts }) => facts['reason'] as string);
  }

  /** What was started outside for a verification, as it is recorded. */
  async starts(): Promise<readonly string[]> {
    const records = (await this.rows.list(TARGET, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    return records.flatMap(({ kind, facts: { reason } }) =>
      kind === 'acted' && typeof reason === 'string' && reason.startsWith('dispatched') ? [reason] : [],
    );
  }

  async headlines(since: string): Promise<readonly string[]> {
    const { commits } = await this.git.range(since, (await this.git.head('main')).commit);
    return commits.map(({ message }) => message.split('\n')[0] ?? '');
  }

  #composed(): Reflex {
    const quiet = (): void => undefined;
    return compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
      clock: this.clock,
      random: new SeededRandom(1),
      rows: this.rows,
      blobs: new InMemoryBlobStore(),
      queue: this.#queue,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      registry: () => this.registry,
      git: () => Promise.resolve(this.git),
      pullRequests: () => Promise.resolve(this.pulls),
      fleet: () => Promise.resolve(this.#fleet),
      verifiers: [
        new CommitStatusVerifier(),
        new WorkflowVerifier({
          ...{ rows: this.rows, clock: this.clock, open: () => Promise.resolve(this.workflows) },
          isStopped: async () => await isStopped(this.rows),
        }),
      ] as readonly StageVerifier[],
    });
  }
}

export function textOf(tag: string): string {
  return `# web\nimage: contoso.azurecr.io/shop/web:${tag}\n`;
}

function fileOf(path: string, text: string): { path: string; mode: '100644'; content: Uint8Array<ArrayBuffer> } {
  return { path, mode: '100644', content: new TextEncoder().encode(text) };
}
