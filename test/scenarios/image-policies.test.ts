import { describe, expect, it } from 'vitest';

import type { TagPolicy } from '../../shared/domain/image/policy.ts';
import { standing, World } from './image-world.ts';

const IMAGE = 'contoso.azurecr.io/shop/web';
const BY_STAMP = { pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)$', extract: '$ts' };
const D = (letter: string): string => `sha256:${letter.repeat(64)}`;

async function line(world: World): Promise<string> {
  return (await world.text('dev/web.yaml')).trim().slice(`image: ${IMAGE}:`.length);
}

describe('a push under each policy kind, from event to commit', () => {
  it.each<[string, TagPolicy, string, readonly string[], string]>([
    ['semver', { kind: 'semver', range: '1.x' }, '1.4.0', ['1.4.1', '2.0.0', '1.10.0'], '1.10.0'],
    ['semver, loose', { kind: 'semver', range: '*', loose: true }, '1.4', ['1.5', '1.10'], '1.10'],
    ['alphabetical', { kind: 'alphabetical' }, '2024-01', ['2024-03', '2024-02'], '2024-03'],
    ['alphabetical, desc', { kind: 'alphabetical', order: 'desc' }, 'c', ['b', 'd'], 'b'],
    ['numerical', { kind: 'numerical' }, '57.10', ['57.2', '57.01'], '57.2'],
    [
      'numerical by what is extracted',
      { kind: 'numerical', filterTags: BY_STAMP },
      'main-aaaa-1700000000',
      ['main-ffff-1700000002', 'main-0000-1700000003', 'dev-0000-1700000009'],
      'main-0000-1700000003',
    ],
    ['newest-build', { kind: 'newest-build' }, 'zz', ['bb', 'aa'], 'aa'],
    ['newest-build within a filter', { kind: 'newest-build', ignore: ['^x'] }, 'zz', ['bb', 'xx'], 'bb'],
    ['bump patch', { kind: 'bump', level: 'patch' }, '1.4.0', ['1.4.2', '1.5.0', '2.0.0'], '1.4.2'],
    ['bump minor', { kind: 'bump', level: 'minor' }, '1.4.0', ['1.4.2', '1.5.0', '2.0.0'], '1.5.0'],
    ['variant', { kind: 'variant' }, '1.4.0-alpine', ['1.5.0-alpine', '1.6.0', '1.6-alpine'], '1.5.0-alpine'],
    ['allow', { kind: 'semver', range: '*', allow: ['^1\\.5'] }, '1.4.0', ['1.5.0', '1.6.0'], '1.5.0'],
  ])('%s', async (_kind, policy, from, tags, to) => {
    const world = new World({ policy }, standing(from));
    world.push(from);
    const events = tags.map((tag) => world.push(tag));
    for (const event of events) {
      await world.handle(event);
    }
    expect(await line(world)).toBe(to);
  });

  it.each<[string, 'Never' | 'IfNotPresent' | 'Always', boolean]>([
    ['follows a moved tag', 'Always', true],
    ['keeps the first digest', 'IfNotPresent', false],
    ['keeps what stands', 'Never', false],
  ])('digest: %s (%s)', async (_what, reflection, follows) => {
    const world = new World({ policy: { kind: 'digest', reflection } }, standing(`latest@${D('a')}`));
    world.push('zz');
    const event = world.push('latest');
    await world.handle(event);
    const digest = (event['data'] as { target: { digest: string } }).target.digest;
    expect(await line(world)).toBe(`latest@${follows ? digest : D('a')}`);
  });

  it('pins another tag anew, whatever the reflection', async () => {
    const policy = { kind: 'semver', range: '1.x', reflection: 'IfNotPresent' } as const;
    const world = new World({ policy }, standing(`1.4.0@${D('a')}`));
    const event = world.push('1.5.0');
    await world.handle(event);
    expect(await line(world)).toBe(`1.5.0@${(event['data'] as { target: { digest: string } }).target.digest}`);
  });
});

describe('what stands in Git', () => {
  it.each<[string, TagPolicy, string, string]>([
    ['numerical', { kind: 'numerical', filterTags: BY_STAMP }, 'main-aaaa-1700000009', 'main-bbbb-1700000001'],
    ['alphabetical', { kind: 'alphabetical' }, '2024-09', '2024-01'],
    [
      'extracted',
      { kind: 'semver', range: '*', filterTags: { pattern: '^r-(.*)$', extract: '$1' } },
      'r-2.0.0',
      'r-1.0.0',
    ],
  ])('is never gone below where the list has lost it: %s', async (_kind, policy, from, listed) => {
    const world = new World({ policy }, standing(from));
    await world.handle(world.push(listed));
    expect(await line(world)).toBe(from);
  });

  it.each([
    ['lost the newest build', 'is gone behind by no event', 'bb', 'aa'],
    ['not yet taken in the pushed one', 'is replaced by it', 'aa', 'bb'],
  ])('where the list of builds has %s %s', async (_what, _then, from, pushed) => {
    const world = new World({ policy: { kind: 'newest-build' } }, standing(from));
    const events = new Map(['zz', 'aa', 'bb'].map((tag) => [tag, world.push(tag)]));
    const builds = world.registry.builds.bind(world.registry);
    world.registry.builds = async function* (repository) {
      for await (const build of builds(repository)) {
        if (build.name !== 'bb') {
          yield build;
        }
      }
    };
    await world.handle(events.get(pushed));
    expect(await line(world)).toBe('bb');
  });

  it('is no start for the newest build where it is no tag at all, and is replaced', async () => {
    const world = new World({ policy: { kind: 'newest-build' } }, standing('.old~1'));
    await world.handle(world.push('aa'));
    expect(await line(world)).toBe('aa');
  });

  it('is refused as a start where it leads to different tags', async () => {
    const files = { 'dev/a.yaml': `image: ${IMAGE}:1.4.0\n`, 'dev/b.yaml': `image: ${IMAGE}:2.4.0\n` };
    const world = new World({ policy: { kind: 'bump', level: 'minor' } }, files);
    world.push('1.5.0');
    await world.handle(world.push('2.5.0'));
    expect(await world.outcome('e2')).toBe('held: mixed-tags');
  });

  it('may differ where all of it leads to the same tag', async () => {
    const files = { 'dev/a.yaml': `image: ${IMAGE}:1.4.0\n`, 'dev/b.yaml': `image: ${IMAGE}:1.4.7\n` };
    const world = new World({ policy: { kind: 'bump', level: 'patch' } }, files);
    await world.handle(world.push('1.4.7'));
    expect(await world.text('dev/a.yaml')).toContain(':1.4.7');
  });

  it('is needed for a relative policy', async () => {
    const world = new World({ policy: { kind: 'variant' } }, { 'dev/none.yaml': 'a: 1\n' });
    await world.handle(world.push('1.5.0'));
    expect(await world.outcome('e1')).toBe('held: no-place');
  });
});

describe('the sweep', () => {
  it('finds a push whose event was lost, once', async () => {
    const world = new World({ policy: { kind: 'semver', range: '1.x' } }, standing('1.4.0'));
    world.push('1.5.0');
    await world.clock.run(world.reflex.sweepRegistries());
    expect(await line(world)).toBe('1.5.0');
    expect(await world.records()).toEqual(['intent-opened', 'acted']);
    await world.clock.run(world.reflex.sweepRegistries());
    expect(await world.records()).toEqual(['intent-opened', 'acted']);
  });

  it('says nothing again that an event has said, so that a revert by people stands', async () => {
    const world = new World({ policy: { kind: 'semver', range: '1.x' } }, standing('1.4.0'));
    await world.handle(world.push('1.5.0'));
    const head = await world.git.head('main');
    await world.git.commit({
      branch: 'main',
      expectedHead: head.commit,
      headline: 'back',
      body: '',
      changes: [{ path: 'dev/web.yaml', content: Buffer.from(`image: ${IMAGE}:1.4.0\n`), mode: '100644' }],
    });
    await world.clock.run(world.reflex.sweepRegistries());
    expect(await line(world)).toBe('1.4.0');
  });

  it('tells a repository that nobody has pushed to yet from one that cannot be read', async () => {
    const world = new World({ repository: 'shop/new', policy: { kind: 'semver', range: '1.x' } });
    await world.clock.run(world.reflex.sweepRegistries());
    expect(world.warned).toEqual([expect.stringMatching(/^warn .* is not there/)]);
    world.registry.tags = () => {
      throw new Error('brown-out');
    };
    await world.clock.run(world.reflex.sweepRegistries());
    expect(world.warned.slice(1)).toEqual([expect.stringMatching(/^error /)]);
  });

  it('goes through all repositories within its budget, and one that fails keeps none of the others', async () => {
    const world = new World({ policy: { kind: 'semver', range: '1.x' } });
    const repositories = Array.from({ length: 150 }, (_, index) => `shop/r${String(index).padStart(3, '0')}`);
    repositories.forEach((repository) => world.push('1.5.0', { repository }));
    const read: string[] = [];
    const tags = world.registry.tags.bind(world.registry);
    world.registry.tags = (repository) => {
      read.push(repository);
      if (repository === 'shop/r003') {
        throw new Error('brown-out');
      }
      return tags(repository);
    };
    await world.clock.run(world.reflex.sweepRegistries());
    const first = read.length;
    expect(first).toBeLessThan(repositories.length);
    await world.clock.run(world.reflex.sweepRegistries());
    expect(new Set(read)).toEqual(new Set(repositories));
    expect(read[first]).toBe(repositories[first]);
  });
});

describe('the decision record', () => {
  it('names event, standing, every candidate, warnings and the commit', async () => {
    const world = new World({ policy: { kind: 'semver', range: '1.x' } }, standing('1.4.0'));
    world.push('1.5.0');
    world.push('latest');
    await world.handle(world.push('v1.5.0'));
    const [name] = await world.blobs.list('decisions/');
    const record = JSON.parse((await world.reflex.record(name!.slice('decisions/'.length, -'.json'.length))).body) as {
      explained: {
        choices: readonly { considered: readonly { tag: string; verdict: string }[]; warnings: string[] }[];
      };
    };
    expect(record).toMatchObject({
      outcome: { outcome: 'acted', evidence: { evidence: { commit: expect.any(String) as string } } },
      explained: {
        event: { tag: 'v1.5.0' },
        choices: [{ rule: 'web', stage: 'dev', policy: 'semver 1.x', tag: 'v1.5.0' }],
        timings: { raisedAt: expect.any(String) as string },
      },
      changes: [
        {
          edits: [{ path: 'dev/web.yaml', line: 1, from: `${IMAGE}:1.4.0`, to: `${IMAGE}:v1.5.0` }],
        },
      ],
    });
    const [choice] = record.explained.choices;
    expect(choice?.considered.map(({ tag, verdict }) => [tag, verdict])).toEqual([
      ['v1.5.0', 'chosen'],
      ['1.5.0', 'passed-over'],
      ['latest', 'not-a-candidate'],
    ]);
    expect(choice?.warnings).toHaveLength(1);
  });
});
