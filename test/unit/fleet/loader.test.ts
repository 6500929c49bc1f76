import { beforeEach, describe, expect, it } from 'vitest';

import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { UpstreamError } from '../../../shared/errors.ts';
import { NO_CEILING, parseCeiling, type Ceiling } from '../../../shared/fleet/ceiling.ts';
import { FleetLoader } from '../../../shared/fleet/loader.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { CONTOSO, CONTOSO_TEAM, MemoryTextSource, replaced } from './fleet-text.ts';

const REFRESH_MS = 30_000;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let nowMs: number;
let source: MemoryTextSource;
let blobs: InMemoryBlobStore;
const clock: Clock = { now: () => new Date(nowMs), sleep: async () => await Promise.resolve() };

beforeEach(() => {
  nowMs = Date.parse('2026-01-05T08:00:00Z');
  source = new MemoryTextSource({ 'fleet.yaml': CONTOSO, 'teams/shop.yaml': CONTOSO_TEAM });
  blobs = new InMemoryBlobStore();
});

function loader(ceiling: Ceiling = NO_CEILING): FleetLoader {
  const root = { source, path: 'fleet.yaml', file: 'fleet.yaml' };
  return new FleetLoader({
    root,
    openRepository: () => undefined,
    ceiling,
    blobs,
    clock,
    refreshMs: REFRESH_MS,
    log: silent,
  });
}

function later(): void {
  nowMs += REFRESH_MS;
}

describe('fleet loader', () => {
  it('loads the root file and what it includes', async () => {
    const { fleet, parts, loadedAt, needsApproval } = await loader().current();
    expect(fleet.images.map(({ name }) => name)).toEqual(['api', 'batch', 'web', 'worker']);
    expect(parts.map(({ file, state }) => [file, state])).toEqual([
      ['fleet.yaml', 'current'],
      ['teams/shop.yaml', 'current'],
    ]);
    expect(loadedAt.getTime()).toBe(nowMs);
    expect(needsApproval).toBeUndefined();
  });

  it('shares one load between callers, and does not look again before it is time', async () => {
    const fleets = loader();
    const snapshots = await Promise.all([fleets.current(), fleets.current(), fleets.current()]);
    expect(new Set(snapshots).size).toBe(1);
    expect(source.reads).toBe(2);
    nowMs += REFRESH_MS - 1;
    await fleets.current();
    expect(source.reads).toBe(2);
  });

  it('keeps its snapshot while nothing changes, and makes a new one when a file does', async () => {
    const fleets = loader();
    const first = await fleets.current();
    later();
    expect(await fleets.current()).toBe(first);
    source.files.set('fleet.yaml', replaced(CONTOSO, "range: '~2.3'", "range: '~2.4'"));
    expect(await fleets.current()).toBe(first);
    later();
    const second = await fleets.current();
    expect(second.fleet.images.find(({ name }) => name === 'api')?.policy).toMatchObject({ range: '~2.4' });
    expect(second.fleet.revision).not.toBe(first.fleet.revision);
  });

  it('keeps the last good part in force, also over a restart', async () => {
    await loader().current();
    source.files.set('teams/shop.yaml', 'images: [oops');
    const { fleet, parts, findings } = await loader().current();
    expect(fleet.images.map(({ name }) => name)).toContain('batch');
    expect(parts).toContainEqual(expect.objectContaining({ file: 'teams/shop.yaml', state: 'last-good' }));
    expect(findings.map(({ code }) => code)).toContain('yaml-syntax');
  });

  it('keeps the last good root file in force over a restart, also when it is gone or cannot be read', async () => {
    const { fleet } = await loader().current();
    source.files.set('fleet.yaml', 'version: 1\nfleet: contoso-shop\nimags: {}\n');
    expect((await loader().current()).fleet.revision).toBe(fleet.revision);
    source.files.delete('fleet.yaml');
    expect((await loader().current()).fleet.revision).toBe(fleet.revision);
    source.failure = new UpstreamError('read', 503);
    expect((await loader().current()).fleet.revision).toBe(fleet.revision);
  });

  it('takes the repaired file up again', async () => {
    const fleets = loader();
    const first = await fleets.current();
    source.files.set('teams/shop.yaml', 'images: [oops');
    later();
    await fleets.current();
    source.files.set('teams/shop.yaml', CONTOSO_TEAM);
    later();
    const { parts, fleet } = await fleets.current();
    expect(parts.every(({ state }) => state === 'current')).toBe(true);
    expect(fleet.revision).toBe(first.fleet.revision);
  });

  it('refuses a first load of a bad root file with every finding', async () => {
    source.files.set('fleet.yaml', 'version: 1\nfleet: x\nimags: {}\nclustrs: {}\n');
    const message = expect.stringMatching(/fleet.yaml:3:1: .*`images`.*\n.*fleet.yaml:4:1: .*`clusters`/) as string;
    await expect(loader().current()).rejects.toMatchObject({ code: 'REFLEX_INVALID_FLEET', message });
  });

  it('passes the reason on if nothing was ever loaded and the file cannot be read', async () => {
    source.failure = new UpstreamError('read', 503);
    const fleets = loader();
    await expect(fleets.current()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', retryable: true });
    source.failure = undefined;
    expect((await fleets.current()).fleet.name).toBe('contoso-shop');
  });

  it('keeps what it has while storage is away', async () => {
    const fleets = loader();
    const first = await fleets.current();
    later();
    blobs.get = async () => await Promise.reject(new UpstreamError('get', 503));
    expect(await fleets.current()).toBe(first);
  });

  it('applies a tighter ceiling at once, without asking', async () => {
    await loader().current();
    const { fleet, needsApproval } = await loader(parseCeiling({ targets: { repositories: [] } })).current();
    expect(fleet.images).toEqual([]);
    expect(needsApproval).toBeUndefined();
  });

  it('ignores a last good blob that it cannot read', async () => {
    await loader().current();
    const [name = ''] = await blobs.list('fleet/last-good/');
    await blobs.put(name, new TextEncoder().encode('{"schema":9'), 'any');
    expect((await loader().current()).fleet.name).toBe('contoso-shop');
  });
});

describe('a large change', () => {
  const elsewhere = CONTOSO.replace('contoso/shop-gitops, branch: main', 'contoso/shop-gitops, branch: release');

  it('waits: the former fleet stays in force, also over a restart', async () => {
    const { fleet } = await loader().current();
    source.files.set('fleet.yaml', elsewhere);
    for (const fleets of [loader(), loader()]) {
      const { fleet: inForce, needsApproval } = await fleets.current();
      expect(inForce.revision).toBe(fleet.revision);
      expect(needsApproval?.changed).toBeGreaterThan((needsApproval?.of ?? Infinity) * 0.1);
    }
  });

  it('takes force when its revision is accepted, and in other instances at their next look', async () => {
    const other = loader();
    await other.current();
    source.files.set('fleet.yaml', elsewhere);
    const fleets = loader();
    const revision = (await fleets.current()).needsApproval?.revision ?? '';
    expect(await fleets.accept('another')).toBe(false);
    expect(await fleets.accept(revision)).toBe(true);
    expect((await fleets.current()).fleet.repositories[0]?.branch).toBe('release');
    expect(await fleets.accept(revision)).toBe(false);
    later();
    expect((await other.current()).fleet.revision).toBe(revision);
  });

  it('is not waited for when a rule is added or its policy changes', async () => {
    const fleets = loader();
    await fleets.current();
    const rule = CONTOSO_TEAM.replace('images:\n', '').replaceAll('batch', 'mailer');
    source.files.set('teams/shop.yaml', `${CONTOSO_TEAM}\n${rule}`);
    later();
    const { fleet, needsApproval } = await fleets.current();
    expect(fleet.images.map(({ name }) => name)).toContain('mailer');
    expect(needsApproval).toBeUndefined();
  });

  it('is one that widens a stage to more clusters', async () => {
    const fleets = loader();
    await fleets.current();
    source.files.set(
      'fleet.yaml',
      replaced(CONTOSO, "name: dev, select: { ring: '0' }", 'name: dev, select: { app: shop }'),
    );
    later();
    expect((await fleets.current()).needsApproval).toBeDefined();
  });
});
