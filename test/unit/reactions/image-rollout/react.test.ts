import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryImageRegistry } from '../../../../shared/adapters/in-memory/image-registry.ts';
import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import type { Fleet, FleetImage } from '../../../../shared/fleet/model.ts';
import type { ImageRegistry } from '../../../../shared/ports/image-registry.ts';
import { reactToPush, type Rollout } from '../../../../shared/reactions/image-rollout/index.ts';
import type { PushedImage } from '../../../../shared/reactions/image-rollout/schema.ts';
import { HOST, ruleOf } from './facts.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const CHART = 'application/vnd.cncf.helm.config.v1+json';
const NOW = new Date('2026-01-01T00:00:00Z');
const REPOSITORY = 'shop/web';

function push(registry: InMemoryImageRegistry, tag: string, more: object = {}): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType: OCI, tag, ...more }));
  return registry.push(REPOSITORY, { bytes, mediaType: OCI, tag });
}

interface Case {
  readonly images?: readonly FleetImage[];
  readonly pushed?: Partial<PushedImage>;
  readonly registry?: ImageRegistry;
}

async function react({ images = [ruleOf()], pushed = {}, registry }: Case): Promise<Rollout> {
  const asked: string[] = [];
  const fleet = { images, registries: [], revision: 'fleet-1' } as unknown as Fleet;
  const rollout = await reactToPush(
    {
      loginServer: HOST,
      repository: REPOSITORY,
      tag: '1.1.0',
      signal: 'registry#1',
      raisedAt: NOW.toISOString(),
      ...pushed,
    },
    fleet,
    {
      rows: new InMemoryRowStore(),
      imageGates: [],
      clock: new VirtualClock(NOW.getTime()),
      standing: () => Promise.resolve([]),
      registry: (host) => {
        asked.push(host);
        return registry ?? new InMemoryImageRegistry();
      },
    },
  );
  expect(asked.every((host) => host === HOST)).toBe(true);
  return rollout;
}

/** Tags that the intents ask for, and why nothing is asked for. */
function told({ requests, held }: Rollout): object {
  return { tags: requests.map(({ request }) => request.value['tag']), held };
}

describe('a push', () => {
  it('asks for the newest tag that the registry has, not for the one that was pushed', async () => {
    const registry = new InMemoryImageRegistry();
    push(registry, '1.1.0');
    const newest = push(registry, '1.3.0');
    push(registry, '0.9.0');
    const rollout = await react({ registry });
    expect(told(rollout)).toEqual({ tags: ['1.3.0'], held: [] });
    expect(rollout.requests[0]?.request).toMatchObject({
      value: { digest: newest, image: `${HOST}/${REPOSITORY}` },
      signals: ['registry#1'],
      asOf: '2026-01-01T00:00:00.000Z',
    });
  });

  it('says what was looked at', async () => {
    const registry = new InMemoryImageRegistry();
    const digest = push(registry, '1.1.0');
    push(registry, '1.0.0');
    expect((await react({ registry })).facts).toEqual({
      image: `${HOST}/${REPOSITORY}`,
      pushedTag: '1.1.0',
      pushedDigest: digest,
      tags: '2',
      fleet: 'fleet-1',
      asOf: '2026-01-01T00:00:00.000Z',
    });
  });

  it.each<[string, Case, string]>([
    ['of a repository that no rule is about', { images: [ruleOf({ repository: 'other' })] }, 'not-watched'],
    ['by digest alone', { pushed: { tag: undefined } as unknown as Partial<PushedImage> }, 'no-tag'],
    ['of a signature', { pushed: { tag: `sha256-${'a'.repeat(64)}.sig` } }, 'signature-tag'],
  ])('%s asks the registry nothing', async (_, more, reason) => {
    const nothing = (): never => {
      throw new Error('asked');
    };
    const registry = {
      manifest: () => Promise.reject(new Error('asked')),
      tags: nothing,
      builds: nothing,
      build: nothing,
      repositories: nothing,
    };
    expect(told(await react({ registry, ...more }))).toEqual({ tags: [], held: [{ reason }] });
  });

  it('of something that is no image is none of ours', async () => {
    const registry = new InMemoryImageRegistry();
    push(registry, '1.1.0', { artifactType: CHART });
    expect(told(await react({ registry }))).toEqual({ tags: [], held: [{ reason: 'not-an-image' }] });
  });

  it.each([
    [0, 5_000],
    [60_000, 30_000],
    [1_800_000, 300_000],
    [3_600_000, undefined],
  ])('that the registry does not show %d ms later is asked for again in %s ms', async (ageMs, retryInMs) => {
    const rollout = await react({ pushed: { raisedAt: new Date(NOW.getTime() - ageMs).toISOString() } });
    expect(rollout.retryInMs).toBe(retryInMs);
    expect(rollout.held).toEqual([{ reason: retryInMs === undefined ? 'manifest-missing' : 'not-replicated-yet' }]);
  });

  it('of a repository with more tags than are read is an error, never a shorter list', async () => {
    const registry = new InMemoryImageRegistry();
    push(registry, '1.1.0');
    const endless: ImageRegistry = {
      manifest: (repository, reference) => registry.manifest(repository, reference),
      builds: (repository) => registry.builds(repository),
      build: (repository, tag) => registry.build(repository, tag),
      repositories: () => registry.repositories(),
      async *tags() {
        await Promise.resolve();
        for (let count = 0; ; count += 1) {
          yield `1.0.${count}`;
        }
      },
    };
    await expect(react({ registry: endless })).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 507 });
  });
});

describe('each rule', () => {
  const none = ruleOf({ name: 'none', policy: { kind: 'semver', range: '>=9.0.0', loose: false } });
  const broken = ruleOf({ name: 'broken', policy: { kind: 'semver', range: 'not a range', loose: false } });

  it('is held for itself, and keeps no other back', async () => {
    const registry = new InMemoryImageRegistry();
    push(registry, '1.1.0');
    expect(told(await react({ registry, images: [none, broken, ruleOf()] }))).toEqual({
      tags: ['1.1.0'],
      held: [
        { rule: 'none', reason: 'no-candidate' },
        { rule: 'broken', reason: 'invalid-policy', detail: expect.stringContaining('"not" is no bound') as string },
      ],
    });
  });

  it.each([
    ['is gone', 'manifest-missing', undefined],
    ['is no image', 'not-an-image', { artifactType: CHART }],
  ])('is held when the tag that it chose %s', async (_, reason, more) => {
    const registry = new InMemoryImageRegistry();
    push(registry, '1.1.0');
    push(registry, '1.2.0', more);
    const manifest = registry.manifest.bind(registry);
    registry.manifest = (repository, reference) =>
      reference === '1.2.0' && more === undefined ? Promise.resolve(undefined) : manifest(repository, reference);
    expect(told(await react({ registry }))).toEqual({ tags: [], held: [{ rule: 'web', reason }] });
  });
});
