import { describe, expect, it } from 'vitest';

import { pushBlob, pushManifest } from '../../local/registry/push.ts';
import { attach } from '../../local/registry/sign.ts';
import { newKey } from '../unit/adapters/sigstore/keys.ts';
import { GatedWorld, signedBy } from './gated-world.ts';

const { pem, key } = newKey();
const stranger = newKey().key;
const MINUTE = 60_000;

async function pushed(world: GatedWorld, tag: string): Promise<{ readonly digest: string; readonly signal: string }> {
  const digest = await world.push(tag);
  const [signal = ''] = await world.deliver();
  return { digest, signal };
}

describe('a rule that asks for a signature', () => {
  it.each(['tag', 'referrer'] as const)('takes an image that is signed (%s) before its event comes', async (how) => {
    const world = new GatedWorld(signedBy(pem));
    await world.sign(how, await world.push('1.5.0'), key);
    const [signal = ''] = await world.deliver();
    expect(await world.outcome(signal)).toBe('acted: written');
    expect(await world.tagInGit()).toBe('1.5.0');
    const [said] = (await world.decided(signal)).explained.gates ?? [];
    expect(said).toMatchObject({ tag: '1.5.0', gate: 'signature', verdict: 'pass', reason: 'signed' });
  });

  it('writes nothing for an unsigned one, and says why', async () => {
    const world = new GatedWorld(signedBy(pem));
    const { signal } = await pushed(world, '1.5.0');
    expect(await world.outcome(signal)).toBe('held: gate-refused: signature unsigned');
    expect(await world.tagInGit()).toBe('1.4.0');
    const { gates } = (await world.decided(signal)).explained;
    expect(gates).toMatchObject([{ tag: '1.5.0', verdict: 'fail', reason: 'unsigned', detail: 'no signature' }]);
  });

  it.each([
    ['by a stranger', stranger, {}, 'bad-signature'],
    ['and then changed', key, { tamper: true }, 'bad-signature'],
    ['for another image', key, { claims: `sha256:${'9'.repeat(64)}` }, 'wrong-digest'],
  ])('writes nothing for one that is signed %s', async (_what, signer, options, reason) => {
    for (const how of ['tag', 'referrer'] as const) {
      const world = new GatedWorld(signedBy(pem));
      await world.sign(how, await world.push('1.5.0'), signer, options);
      const [signal = ''] = await world.deliver();
      expect(await world.outcome(signal)).toBe(`held: gate-refused: signature ${reason}`);
      expect(await world.tagInGit()).toBe('1.4.0');
    }
  });

  it('takes one that is bound to its own name, or to one that is allowed, and no other', async () => {
    const references: readonly [string, string][] = [
      ['contoso.azurecr.io/shop/web', '1.5.0'],
      ['contoso.azurecr.io/shop/web:1.5.0', '1.5.0'],
      ['build.azurecr.io/shop/web', '1.5.0'],
      ['contoso.azurecr.io/shop/api', '1.4.0'],
      ['contoso.azurecr.io/shop/web:1.4.9', '1.4.0'],
    ];
    for (const [reference, expected] of references) {
      const world = new GatedWorld(signedBy(pem, { signedAs: ['build.azurecr.io/shop/web'] }));
      await world.sign('tag', await world.push('1.5.0'), key, { reference });
      await world.deliver();
      expect([reference, await world.tagInGit()]).toEqual([reference, expected]);
    }
  });

  it('takes the newest tag that verifies, and the record says what was passed over', async () => {
    const world = new GatedWorld(signedBy(pem));
    await world.sign('tag', await world.push('1.5.0'), key);
    await world.push('1.7.0');
    await world.sign('referrer', await world.push('1.6.0'), stranger);
    const signals = await world.deliver();
    expect(await world.tagInGit()).toBe('1.5.0');
    const { gates } = (await world.decided(signals[0]!)).explained;
    expect(gates?.map(({ tag, verdict, reason }) => `${tag} ${verdict} ${reason}`)).toEqual([
      '1.7.0 fail unsigned',
      '1.6.0 fail bad-signature',
      '1.5.0 pass signed',
    ]);
    expect(await world.git.head('main')).toBeDefined();
  });

  it('takes an image as soon as its signature comes, by tag or by referrer, without another push', async () => {
    for (const how of ['tag', 'referrer'] as const) {
      const world = new GatedWorld(signedBy(pem, { waitMs: 10 * MINUTE }));
      const { digest, signal } = await pushed(world, '1.5.0');
      expect(await world.outcome(signal)).toBe('held: gate-waiting: signature unsigned');
      await world.sign(how, digest, key);
      await world.deliver();
      expect(await world.tagInGit()).toBe('1.5.0');
    }
  });

  it('finds a late signature by itself when its event is lost, and gives up at the deadline', async () => {
    const world = new GatedWorld(signedBy(pem, { waitMs: 10 * MINUTE }));
    const { digest } = await pushed(world, '1.5.0');
    await world.pass(2 * MINUTE);
    await world.sign('tag', digest, key);
    world.raised.splice(0);
    await world.pass(8 * MINUTE);
    expect(await world.tagInGit()).toBe('1.5.0');

    const { signal } = await pushed(world, '1.6.0');
    await world.pass(11 * MINUTE);
    expect(world.queue.take()).toEqual([]);
    expect(await world.outcome(signal, 1)).toBe('held: gate-waiting: signature unsigned');
    expect((await world.looks(signal)).at(-1)).toBe('held: gate-refused: signature unsigned');
    expect(await world.tagInGit()).toBe('1.5.0');
  });

  it('never takes a silent registry for an unsigned image, and goes on when it speaks again', async () => {
    const world = new GatedWorld(signedBy(pem));
    await world.sign('tag', await world.push('1.5.0'), key);
    await world.sign('tag', await world.push('1.6.0'), key);
    world.raised.splice(1);
    world.registry.faults.add({ path: '/referrers/', status: 503, times: 1 });
    const [signal = ''] = await world.deliver();
    expect(await world.outcome(signal)).toBe('held: gate-waiting: signature unreachable');
    expect(await world.tagInGit()).toBe('1.4.0');
    await world.pass(2 * MINUTE);
    expect(await world.tagInGit()).toBe('1.6.0');
  });

  it('never falls back behind what has passed before', async () => {
    const world = new GatedWorld(signedBy(pem));
    for (const tag of ['1.5.0', '1.6.0']) {
      await world.sign('tag', await world.push(tag), key);
      await world.deliver();
    }
    // The tag is moved to an image that nobody signed.
    const config = await pushBlob(world.client, 'shop/web', Buffer.from('{"moved":true}'));
    await pushManifest(world.client, 'shop/web', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: [],
      tag: '1.6.0',
    });
    const [signal = ''] = await world.deliver();
    expect(await world.outcome(signal)).toBe('held: gate-refused: signature unsigned');
    expect(await world.tagInGit()).toBe('1.6.0');
  });

  it('looks at the bad and the hostile beside a good signature, and still finds it', async () => {
    const world = new GatedWorld(signedBy(pem));
    const digest = await world.push('1.5.0');
    const image = { repository: 'shop/web', digest };
    const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    for (const content of ['', '{', '[[[[', '{"mediaType":"x"}', '"'.repeat(100_000)]) {
      await attach(world.client, image, { artifactType, content: Buffer.from(content) });
    }
    await attach(world.client, image, { artifactType: 'application/spdx+json', content: Buffer.from('{}') });
    world.raised.splice(1);
    await world.deliver();
    expect(await world.tagInGit()).toBe('1.4.0');
    await world.sign('referrer', digest, key);
    await world.deliver();
    expect(await world.tagInGit()).toBe('1.5.0');
  });

  it('refuses what is too large or too much, by name', async () => {
    const large = new GatedWorld(signedBy(pem));
    const image = { repository: 'shop/web', digest: await large.push('1.5.0') };
    const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    await attach(large.client, image, { artifactType, content: Buffer.alloc(4 * 1024 * 1024 + 1, ' ') });
    large.raised.splice(1);
    const [signal = ''] = await large.deliver();
    expect(await large.outcome(signal)).toBe('held: gate-refused: signature signature-too-large');

    const many = new GatedWorld(signedBy(pem));
    const digest = await many.push('1.5.0');
    for (let number = 0; number < 52; number += 1) {
      const content = Buffer.from(JSON.stringify({ number }));
      await attach(many.client, { repository: 'shop/web', digest }, { artifactType, content });
    }
    many.raised.splice(1);
    const [first = ''] = await many.deliver();
    expect(await many.outcome(first)).toBe('held: gate-refused: signature too-many-signatures');
  });
});

describe('a Notation signature', () => {
  const workspace = '00000000-0000-4000-8000-00000000000f';
  const artifactType = 'application/vnd.cncf.notary.signature';

  it.each([
    [
      'is reported, and counts for nothing by itself',
      undefined,
      undefined,
      'held: gate-refused: signature notation-unverified',
    ],
    ['counts where an admission check confirms it', { workspace, query: 'Q' }, true, 'acted: written'],
    [
      'does not where one refuses it',
      { workspace, query: 'Q' },
      false,
      'held: gate-refused: signature notation-denied',
    ],
    [
      'does not where none has seen it',
      { workspace, query: 'Q' },
      undefined,
      'held: gate-refused: signature notation-unverified',
    ],
  ])('%s', async (_what, notation, isVerified, outcome) => {
    const gates = signedBy(pem, notation === undefined ? {} : { notation });
    const world = new GatedWorld(gates, { admission: { isVerified: () => Promise.resolve(isVerified) } });
    const digest = await world.push('1.5.0');
    await attach(world.client, { repository: 'shop/web', digest }, { artifactType, content: Buffer.from('x') });
    const [signal = ''] = await world.deliver();
    expect(await world.outcome(signal)).toBe(outcome);
  });
});
