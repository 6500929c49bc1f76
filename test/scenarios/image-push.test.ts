import { describe, expect, it } from 'vitest';

import { FILES, IMAGE_RULE as RULE, REGISTRY, TARGET, World } from './image-world.ts';

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

  it('comes back while a replica does not show it, and is given up after an hour', async () => {
    const world = new World();
    const elsewhere = new World();
    await world.handle(elsewhere.push('1.5.0'));
    expect(await world.outcome('e1')).toBe('held: not-replicated-yet');
    world.push('1.5.0');
    expect(world.queue.take()).toEqual([]);
    await world.clock.advance(5_000);
    const [again] = world.queue.take();
    await world.handle(JSON.parse(again ?? ''));
    expect(await world.outcome('e1')).toBe('acted: written');

    const lost = elsewhere.push('1.6.0');
    await world.clock.advance(3_600_000);
    await world.handle(lost);
    expect(await world.outcome('e2')).toBe('held: manifest-missing');
    expect(world.queue.take()).toEqual([]);
  });

  it('waits for a replica that still shows the former digest of the tag', async () => {
    const world = new World();
    world.push('1.5.0');
    await world.handle(world.event('e9', { repository: 'shop/web', tag: '1.5.0', digest: `sha256:${'d'.repeat(64)}` }));
    expect(await world.outcome('e9')).toBe('held: not-replicated-yet');
  });

  it('is written by the tick if its writer never came to it', async () => {
    const world = new World();
    const event = world.push('1.5.0');
    const head = world.git.head.bind(world.git);
    const isAsked = async (): Promise<boolean> =>
      (await world.rows.list('github.com/contoso/gitops#main', 'intent|')).length > 0;
    world.git.head = async (branch) =>
      (await isAsked()) ? await Promise.reject(new Error('down')) : await head(branch);
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
  it('of pushes that a later commit takes along say what became of them', async () => {
    const world = new World();
    const events = ['1.5.0', '1.6.0', '1.6.0'].map((tag) => world.push(tag));
    await world.clock.run(Promise.all(events.map((event) => world.reflex.handle(event))));
    const records = await Promise.all(
      (await world.blobs.list('decisions/')).map(async (name) => {
        const id = name.slice('decisions/'.length, -'.json'.length);
        return JSON.parse((await world.reflex.record(id)).body) as Record<string, unknown>;
      }),
    );
    const told = records.flatMap(({ outcome, became }) => {
      const [end] = (became ?? [outcome]) as { outcome: string }[];
      return end?.outcome ?? [];
    });
    expect(told.every((end) => end === 'acted' || end === 'superseded')).toBe(true);
    expect(told).toContain('acted');
    expect(records.some(({ became }) => became !== undefined)).toBe(true);
  });

  it('of a push that is over say nothing more', async () => {
    const world = new World();
    await world.handle(world.push('1.5.0'));
    const [name = ''] = await world.blobs.list('decisions/');
    const { body } = await world.reflex.record(name.slice('decisions/'.length, -'.json'.length));
    expect(JSON.parse(body)).not.toHaveProperty('became');
  });

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
