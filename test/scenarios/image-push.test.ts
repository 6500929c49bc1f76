import { describe, expect, it } from 'vitest';

import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryImageRegistry } from '../../shared/adapters/in-memory/image-registry.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { compose } from '../../shared/composition/compose.ts';
import { parseResourceId } from '../../shared/domain/azure/resource-id.ts';
import type { Fleet, FleetImage } from '../../shared/fleet/model.ts';
import { Ledger } from '../../shared/records/ledger.ts';
import { readSettings } from '../../shared/settings.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';

const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
const TARGET = 'github.com/contoso/gitops#main';
const FILES = {
  'dev/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0 # keep me\n',
  'dev/other.yaml': 'image: contoso.azurecr.io/shop/other:1.0.0\n',
  'prod/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0\n',
  '.github/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0\n',
};
const gitops = { name: 'shop', owner: 'Contoso', repo: 'GitOps', branch: 'main' };
const RULE: FleetImage = {
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

class World {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly blobs = new InMemoryBlobStore();
  readonly queue = new InMemorySignalQueue(this.clock);
  readonly registry = new InMemoryImageRegistry();
  readonly git: InMemoryGitRepository;
  readonly reflex: Reflex;
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
    const fleet = {
      name: 'test',
      revision: 'r1',
      registries: [{ name: 'contoso', resourceId: parseResourceId(REGISTRY)!, loginServer: 'contoso.azurecr.io' }],
      keyVaults: [],
      repositories: [gitops],
      clusters: [],
      images: [{ ...RULE, ...rule }],
      edges: [],
      fleetFiles: { 'contoso/gitops': ['dev/reflex.yaml'] },
    } satisfies Fleet;
    this.reflex = compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
      clock: this.clock,
      random: new SeededRandom(1),
      rows: this.rows,
      blobs: this.blobs,
      queue: this.queue,
      registry: () => this.registry,
      git: () => Promise.resolve(this.git),
      fleet: () => Promise.resolve(fleet),
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

describe('a push', () => {
  it('changes the one value in the stage that takes pushes, and nothing else', async () => {
    const world = new World();
    await world.handle(world.push('1.5.0'));

    expect(await world.text('dev/web.yaml')).toBe('image: contoso.azurecr.io/shop/web:1.5.0 # keep me\n');
    expect([await world.text('prod/web.yaml'), await world.text('.github/web.yaml')]).toEqual([
      FILES['prod/web.yaml'],
      FILES['.github/web.yaml'],
    ]);
    expect(await world.outcome('e1')).toBe('acted: written');
    expect(await world.records()).toEqual(['intent-opened', 'acted']);
  });

  it('delivered five times, before and after later ones, is one effect', async () => {
    const world = new World();
    const first = world.push('1.5.0');
    const second = world.push('1.6.0');
    for (const event of [second, first, second, first, first, second]) {
      await world.handle(event);
    }
    expect(await world.text('dev/web.yaml')).toContain(':1.6.0');
    expect((await world.records()).filter((kind) => kind === 'acted')).toHaveLength(1);
  });

  it('arrives by intake, through a blob when it is large', async () => {
    const world = new World();
    const event = { ...world.push('1.5.0'), padding: 'x'.repeat(60_000) };
    await world.reflex.receive(JSON.stringify(event), 'test');
    for (const message of world.queue.take()) {
      await world.handle(JSON.parse(message));
    }
    expect(await world.text('dev/web.yaml')).toContain(':1.5.0');
  });

  it.each([
    ['outside the policy', {}, '2.0.0', {}, 'held: no-candidate'],
    ['of a repository that no rule names', { repository: 'shop/api' }, '1.5.0', {}, 'held: not-watched'],
    ['by digest only', {}, undefined, {}, 'held: no-tag'],
    ['of a signature', {}, `sha256-${'a'.repeat(64)}.sig`, {}, 'held: signature-tag'],
    ['of a chart', {}, '1.5.0', { config: 'application/vnd.cncf.helm.config.v1+json' }, 'held: not-an-image'],
    [
      'with an invalid policy',
      { policy: { kind: 'semver', range: 'x y', loose: false } },
      '1.5.0',
      {},
      'held: invalid-policy',
    ],
    ['older than what stands there', {}, '1.3.0', {}, 'held: downgrade'],
    ['of what stands there', {}, '1.4.0', {}, 'unchanged: already-true'],
    ['that only waits for other stages', { stages: [RULE.stages[1]!] }, '1.5.0', {}, 'held: no-stage-takes-pushes'],
    ['in observe mode', { mode: 'observe' }, '1.5.0', {}, 'held: observe'],
    ['in propose mode', { mode: 'propose' }, '1.5.0', {}, 'held: propose'],
    [
      'that no file names',
      { stages: [{ name: 'x', paths: ['none/**'], write: 'commit' }] },
      '1.5.0',
      {},
      'held: no-place',
    ],
  ] as const)('%s', async (_what, rule, tag, image, outcome) => {
    const world = new World(rule);
    const { commit } = await world.git.head('main');
    await world.handle(world.push(tag, image));
    expect(await world.outcome('e1')).toBe(outcome);
    expect((await world.git.head('main')).commit).toBe(commit);
  });

  it('is tried again while a replica does not show it', async () => {
    const world = new World();
    await expect(
      world.reflex.handle(world.event('e9', { repository: 'shop/web', tag: '1.5.0' })),
    ).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
  });

  it('is written by the tick if its writer never came to it', async () => {
    const world = new World();
    const event = world.push('1.5.0');
    const head = world.git.head.bind(world.git);
    world.git.head = () => Promise.reject(new Error('down'));
    await expect(world.clock.run(world.reflex.handle(event))).rejects.toThrow('down');
    await world.clock.run(world.reflex.tick());
    world.git.head = head;
    await world.clock.run(world.reflex.tick());
    expect(await world.text('dev/web.yaml')).toContain(':1.5.0');
  });

  it('refuses a place that it cannot write safely, and says which', async () => {
    const world = new World({}, { 'dev/v.yaml': 'repository: contoso.azurecr.io/shop/web\ntag: {a: 1}\n' });
    await world.handle(world.push('1.5.0'));
    expect(await world.outcome('e1')).toMatch(/^held: unsafe-edit: dev\/v\.yaml/);
  });
});

describe('what is not from the fleet or not understood', () => {
  it.each([
    ['an unknown type', { eventType: 'Contoso.Other' }],
    ['a foreign registry', { topic: REGISTRY.replace('contoso', 'evil') }],
    ['a broken time', { eventTime: 'yesterday' }],
  ])('%s is parked with its bytes', async (_what, change) => {
    const world = new World();
    await world.handle({ ...world.push('1.5.0'), ...change });
    expect(await world.parked()).toBe(1);
    expect(await world.records()).toEqual([]);
  });

  it('a forged envelope and a message that gave out are parked', async () => {
    const world = new World();
    await world.handle({
      envelope: 'aks-reflex/1',
      kind: 'events-in-blob',
      via: 'x',
      receivedAt: 'now',
      blob: 'signals/gone',
    });
    await world.reflex.park({ some: 'message' });
    await world.reflex.park('text');
    expect(await world.parked()).toBe(3);
  });

  it('one bad event leaves the others of its batch alone', async () => {
    const world = new World();
    await world.handle([{ nothing: true }, world.push('1.5.0')]);
    expect(await world.text('dev/web.yaml')).toContain(':1.5.0');
    expect(await world.parked()).toBe(1);
  });

  it('an event without a reaction is recorded as such', async () => {
    const world = new World();
    const event = world.push('1.5.0');
    await world.handle({
      ...event,
      eventType: 'Microsoft.ContainerRegistry.ImageDeleted',
      data: { ...(event['data'] as object), action: 'delete' },
    });
    expect(await world.outcome('e1')).toBe('held: no-reaction');
  });
});

describe('records', () => {
  it('are found by the id in the commit, and by the digest of the signal', async () => {
    const world = new World();
    await world.handle(world.push('1.5.0'));
    const head = await world.git.head('main');
    const { commits } = await world.git.range(
      (await world.git.range(head.commit, head.commit)).commits[0]?.commit ?? head.commit,
      head.commit,
    );
    expect(commits).toEqual([]);
    const [plan] = await world.rows.list(TARGET, 'plan|');
    const id = plan!.rowKey.slice('plan|'.length);
    expect((await world.reflex.record(id)).status).toBe(200);
    const [decision] = await world.blobs.list('decisions/');
    expect((await world.reflex.record(decision!.slice('decisions/'.length, -'.json'.length))).body).toContain('acted');
    expect((await world.reflex.record('nothing')).status).toBe(404);
    expect((await world.reflex.record('f'.repeat(64))).status).toBe(404);
    expect((await world.reflex.record('00000000-0000-4000-8000-000000000000')).status).toBe(404);
  });

  it('wake messages look at their target again', async () => {
    const world = new World();
    await world.handle({ envelope: 'aks-reflex/1', kind: 'wake', target: { kind: 'git-branch', key: TARGET } });
    expect(await world.records()).toEqual([]);
  });
});
