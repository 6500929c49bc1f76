import { describe, expect, it } from 'vitest';

import { pushBlob, pushManifest } from '../../local/registry/push.ts';
import { newKey } from '../unit/adapters/sigstore/keys.ts';
import { GatedWorld, scanned, signedBy } from './gated-world.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
const CRITICAL = { cve: 'CVE-2026-0001', severity: 'Critical' };

async function pushed(world: GatedWorld, tag: string): Promise<{ readonly digest: string; readonly signal: string }> {
  const digest = await world.push(tag);
  const [signal = ''] = await world.deliver();
  return { digest, signal };
}

describe('a rule that asks for a scan', () => {
  it('takes a clean image once its result is there, however late within the deadline', async () => {
    const world = new GatedWorld(scanned());
    const { digest, signal } = await pushed(world, '1.5.0');
    world.arm.graph.scan({ digest, findings: [], inMs: 20 * MINUTE });
    expect(await world.outcome(signal)).toBe('held: gate-waiting: vulnerabilities not-scanned');
    expect(await world.tagInGit()).toBe('1.4.0');
    await world.pass(19 * MINUTE);
    expect(await world.tagInGit()).toBe('1.4.0');
    await world.pass(20 * MINUTE);
    expect(await world.tagInGit()).toBe('1.5.0');
    expect((await world.looks(signal)).at(-1)).toBe('acted: written');
    expect(world.queue.take()).toEqual([]);
  });

  it('refuses one with more than it may have, and says which', async () => {
    const world = new GatedWorld(scanned({ max: { critical: 0, high: 1 } }));
    const digest = await world.push('1.5.0');
    world.arm.graph.scan({ digest, findings: [CRITICAL, { cve: 'CVE-2026-0002', severity: 'High' }] });
    const [signal = ''] = await world.deliver();
    expect(await world.outcome(signal)).toBe('held: gate-refused: vulnerabilities vulnerable');
    const { gates } = (await world.decided(signal)).explained;
    expect(gates).toMatchObject([
      { detail: '1 critical (at most 0)', found: ['critical CVE-2026-0001', 'high CVE-2026-0002'] },
    ]);
  });

  it.each([
    ['refuse', 'held: gate-refused: vulnerabilities not-scanned', '1.4.0'],
    ['accept', 'acted: written', '1.5.0'],
  ] as const)('without a result by the deadline does as it is set: %s', async (unscanned, outcome, tag) => {
    const world = new GatedWorld(scanned({ unscanned }));
    const { signal } = await pushed(world, '1.5.0');
    await world.pass(HOUR - MINUTE);
    expect(await world.tagInGit()).toBe('1.4.0');
    expect(world.delivered).toBeLessThan(30);
    await world.pass(2 * MINUTE);
    expect((await world.looks(signal)).at(-1)).toBe(outcome);
    expect(await world.tagInGit()).toBe(tag);
  });

  it('never takes a Resource Graph that is down for a result, not even after the deadline', async () => {
    const world = new GatedWorld(scanned({ unscanned: 'accept', waitMs: 10 * MINUTE }));
    world.arm.faults.add({ on: 'POST Microsoft.ResourceGraph/resources', status: 503, times: 9 });
    const { signal } = await pushed(world, '1.5.0');
    expect(await world.outcome(signal)).toBe('held: gate-waiting: vulnerabilities unreachable');
    await world.pass(20 * MINUTE);
    expect(await world.tagInGit()).toBe('1.4.0');
    await world.pass(10 * MINUTE);
    expect(await world.tagInGit()).toBe('1.5.0');
  });

  it('counts an excepted one again when its day is over', async () => {
    for (const [until, tag] of [
      ['2026-01-05', '1.5.0'],
      ['2026-01-04', '1.4.0'],
    ] as const) {
      const world = new GatedWorld(scanned({ except: [{ cve: 'cve-2026-0001', until }] }));
      world.arm.graph.scan({ digest: await world.push('1.5.0'), findings: [CRITICAL] });
      await world.deliver();
      expect([until, await world.tagInGit()]).toEqual([until, tag]);
    }
  });

  it('asks about every platform of an index, and about no attestation beside them', async () => {
    const world = new GatedWorld(scanned());
    const platforms = [await world.push('build-amd64'), await world.push('build-arm64')];
    const config = await pushBlob(world.client, 'shop/web', Buffer.from('{}'));
    const attestation = await pushManifest(world.client, 'shop/web', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: [],
    });
    const entry = (digest: string, os: string): object => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest,
      size: 1,
      platform: { os, architecture: 'x' },
    });
    await pushManifest(world.client, 'shop/web', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [...platforms.map((digest) => entry(digest, 'linux')), entry(attestation, 'unknown')],
      tag: '1.5.0',
    });
    world.arm.graph.scan({ digest: platforms[0]!, findings: [] });
    world.raised.splice(0, world.raised.length - 1);
    const [signal = ''] = await world.deliver();
    expect((await world.decided(signal)).explained.gates).toMatchObject([
      { reason: 'not-scanned', detail: 'no scan result yet for 1 of 2 images of this tag' },
    ]);
    world.arm.graph.scan({ digest: platforms[1]!, findings: [] });
    await world.pass(2 * MINUTE);
    expect(await world.tagInGit()).toBe('1.5.0');
  });

  it('lets an older tag in meanwhile that has passed, and the newer one when it does', async () => {
    const world = new GatedWorld(scanned());
    const older = await world.push('1.5.0');
    const newer = await world.push('1.6.0');
    world.arm.graph.scan({ digest: older, findings: [] });
    await world.deliver();
    expect(await world.tagInGit()).toBe('1.5.0');
    world.arm.graph.scan({ digest: newer, findings: [] });
    await world.pass(2 * MINUTE);
    expect(await world.tagInGit()).toBe('1.6.0');
  });

  it('that asks for a signature too wants both', async () => {
    const { pem, key } = newKey();
    const world = new GatedWorld({ ...signedBy(pem), ...scanned() });
    const digest = await world.push('1.5.0');
    world.arm.graph.scan({ digest, findings: [] });
    await world.deliver();
    expect(await world.tagInGit()).toBe('1.4.0');
    await world.sign('referrer', digest, key);
    await world.deliver();
    expect(await world.tagInGit()).toBe('1.5.0');
  });
});
