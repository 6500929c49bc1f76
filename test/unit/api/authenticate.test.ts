import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { CompactSign } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { PublishedKeys } from '../../../shared/adapters/entra/published-keys.ts';
import { authenticatePerson, authenticateSender } from '../../../shared/api/authenticate.ts';
import type { PersonTrust, SenderTrust } from '../../../shared/api/token-claims.ts';

function claimsIn(name: string): Record<string, unknown> {
  const file = new URL(`../../fixtures/payloads/token-claims-${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

const SENDER = claimsIn('azns-v2');
const trust: SenderTrust = {
  tenantId: String(SENDER['tid']),
  clientId: String(SENDER['aud']),
  apiUri: 'api://reflex',
  skewSeconds: 60,
  applicationIds: [String(SENDER['azp'])],
  role: 'ActionGroupsSecureWebhook',
};
const people: PersonTrust = { ...trust, clientApplicationId: 'our-client', scope: 'access' };
const PERSON = { ...SENDER, azp: 'our-client', scp: 'access', oid: 'alice', roles: ['Approver'] };

/** Entra with two keys, the second of which is published later. */
class Issuer {
  readonly pairs = ['k1', 'k2'].map((kid) => ({ kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }));
  published = 1;
  asked = 0;
  isDown = false;

  readonly fetch = (): Promise<Response> => {
    this.asked += 1;
    if (this.isDown) {
      return Promise.reject(new TypeError('fetch failed'));
    }
    const keys = this.pairs
      .slice(0, this.published)
      .map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid }));
    return Promise.resolve(Response.json({ keys }));
  };

  async sign(claims: object, kid = 'k1', key?: KeyObject): Promise<string> {
    const pair = this.pairs.find((one) => one.kid === kid) ?? this.pairs[0]!;
    const payload = new TextEncoder().encode(JSON.stringify(claims));
    return `Bearer ${await new CompactSign(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(key ?? pair.privateKey)}`;
  }
}

let issuer: Issuer;
let clock: VirtualClock;
let keys: PublishedKeys;

beforeEach(() => {
  issuer = new Issuer();
  clock = new VirtualClock((Number(SENDER['nbf']) + 10) * 1000);
  keys = new PublishedKeys({ authority: 'https://login.test', tenantId: trust.tenantId, clock, fetch: issuer.fetch });
});

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

describe('a sender', () => {
  it('is let in by a token of the tenant for its application and role', async () => {
    expect(await authenticateSender(await issuer.sign(SENDER), trust, { keys, clock })).toEqual({
      applicationId: SENDER['azp'],
    });
  });

  it.each<[string, () => Promise<string | undefined> | string | undefined, number, string]>([
    ['nothing', () => undefined, 401, 'no-token'],
    ['another scheme', () => 'Basic abc', 401, 'no-token'],
    ['something that is no token', () => 'Bearer abc', 401, 'malformed'],
    ['a token without end', () => `Bearer ${'a'.repeat(20_000)}`, 401, 'malformed'],
    ['alg none', () => `Bearer ${encode({ alg: 'none', kid: 'k1' })}.${encode(SENDER)}.`, 401, 'wrong-algorithm'],
    ['the public key taken for a secret', () => forgedByHmac(), 401, 'wrong-algorithm'],
    ['no key id', async () => await issuer.sign(SENDER, ''), 401, 'malformed'],
    ['a key id that nobody published', () => issuer.sign(SENDER, 'made-up'), 401, 'unknown-key'],
    ['the key of another', () => issuer.sign(SENDER, 'k1', issuer.pairs[1]!.privateKey), 401, 'bad-signature'],
    ['changed claims', () => withClaims({ ...SENDER, roles: ['Everything'] }), 401, 'bad-signature'],
    ['an expired token', () => issuer.sign({ ...SENDER, exp: 1 }), 401, 'expired'],
    ['another audience', () => issuer.sign({ ...SENDER, aud: 'x' }), 401, 'wrong-audience'],
    ['another tenant', () => issuer.sign({ ...SENDER, tid: 'x' }), 401, 'wrong-tenant'],
    ['another application', () => issuer.sign({ ...SENDER, azp: 'x' }), 403, 'wrong-application'],
    ['no role', () => issuer.sign({ ...SENDER, roles: [] }), 403, 'missing-role'],
    ['a token of a person', () => issuer.sign({ ...SENDER, scp: 'access' }), 403, 'user-token'],
    ['claims that are none', () => issuer.sign([]), 401, 'malformed'],
  ])('is refused with %s', async (_, token, status, reason) => {
    expect(await authenticateSender(await token(), trust, { keys, clock })).toEqual({ status, reason });
  });

  function forgedByHmac(): string {
    const pem = String(issuer.pairs[0]!.publicKey.export({ type: 'spki', format: 'pem' }));
    const signed = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(SENDER)}`;
    return `Bearer ${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
  }

  async function withClaims(claims: object): Promise<string> {
    const [head = '', , signature = ''] = (await issuer.sign(SENDER)).split('.');
    return `${head}.${encode(claims)}.${signature}`;
  }
});

describe('a person', () => {
  it('is let in with their roles', async () => {
    expect(await authenticatePerson(await issuer.sign(PERSON), people, { keys, clock })).toEqual({
      objectId: 'alice',
      roles: ['Approver'],
      groups: [],
    });
  });

  it('is never an application, whatever its roles', async () => {
    const token = await issuer.sign({ ...SENDER, azp: 'our-client', roles: ['Approver'] });
    expect(await authenticatePerson(token, people, { keys, clock })).toEqual({
      status: 403,
      reason: 'application-token',
    });
    expect(await authenticatePerson(undefined, people, { keys, clock })).toEqual({ status: 401, reason: 'no-token' });
  });
});

describe('the issuer\u2019s keys', () => {
  const LET_IN = { applicationId: SENDER['azp'] };
  /** Between two questions. */
  const PAUSE_MS = 30_000;

  it('are asked for once a day', async () => {
    const token = await issuer.sign(SENDER);
    await Promise.all([1, 2, 3].map(() => authenticateSender(token, trust, { keys, clock })));
    expect(issuer.asked).toBe(1);
    await clock.advance(25 * 3_600_000);
    await keys.key('k1');
    expect(issuer.asked).toBe(2);
  });

  it('roll: a new key counts as soon as it is published', async () => {
    await authenticateSender(await issuer.sign(SENDER), trust, { keys, clock });
    issuer.published = 2;
    await clock.advance(PAUSE_MS);
    expect(await authenticateSender(await issuer.sign(SENDER, 'k2'), trust, { keys, clock })).toEqual(LET_IN);
  });

  it('roll: a new key is never refused because somebody has made one up a moment before', async () => {
    const judge = async (kid: string): Promise<unknown> =>
      await authenticateSender(await issuer.sign(SENDER, kid), trust, { keys, clock });
    expect(await judge('made-up')).toEqual({ status: 401, reason: 'unknown-key' });
    issuer.published = 2;
    await clock.advance(1_000);
    expect(await judge('k2')).toEqual({ status: 503, reason: 'unread-key', retryAfterMs: PAUSE_MS - 1_000 });
    const asPerson = await issuer.sign(PERSON, 'k2');
    expect(await authenticatePerson(asPerson, people, { keys, clock })).toMatchObject({ status: 503 });
    await clock.advance(PAUSE_MS - 1_001);
    expect(await judge('k2')).toMatchObject({ status: 503, retryAfterMs: 1 });
    await clock.advance(1);
    expect(await judge('k2')).toEqual(LET_IN);
    expect(issuer.asked).toBe(2);
  });

  it('roll: an answer that was asked for before the call proves nothing about a newer key', async () => {
    await keys.key('k1');
    await clock.advance(PAUSE_MS);
    const [first, joined] = await Promise.allSettled([keys.key('k2'), keys.key('k2')]);
    expect(first).toEqual({ status: 'fulfilled', value: undefined });
    expect(joined).toMatchObject({ reason: { code: 'REFLEX_RATE_LIMITED', retryAfterMs: PAUSE_MS } });
  });

  it('are not waited for by a token that would not count with any key', async () => {
    await keys.key('k1');
    const others = await issuer.sign({ ...SENDER, aud: 'other' }, 'made-up');
    expect(await authenticateSender(others, trust, { keys, clock })).toEqual({ status: 401, reason: 'unknown-key' });
    const noClaims = `Bearer ${encode({ alg: 'RS256', kid: 'made-up' })}.AAAA.AAAA`;
    expect(await authenticateSender(noClaims, trust, { keys, clock })).toEqual({ status: 401, reason: 'unknown-key' });
  });

  it('are not asked for again and again by made-up key ids', async () => {
    await keys.key('k1');
    const statuses = new Set<number>();
    for (let second = 0; second < 120; second += 1) {
      const verdict = await authenticateSender(await issuer.sign(SENDER, `made-up-${second}`), trust, { keys, clock });
      statuses.add('status' in verdict ? verdict.status : 202);
      await clock.advance(1_000);
    }
    expect([issuer.asked, statuses]).toEqual([4, new Set([503, 401])]);
  });

  it('of yesterday still count while the issuer is down, and others may; without any, nobody is let in', async () => {
    await keys.key('k1');
    issuer.isDown = true;
    await clock.advance(25 * 3_600_000);
    expect(await keys.key('k1')).toMatchObject({ kid: 'k1' });
    expect(await keys.key('k1')).toMatchObject({ kid: 'k1' });
    await expect(keys.key('k2')).rejects.toMatchObject({ code: 'REFLEX_RATE_LIMITED', retryable: true });
    await clock.advance(PAUSE_MS);
    await expect(keys.key('k2')).rejects.toMatchObject({ code: 'REFLEX_RATE_LIMITED', retryable: true });
    expect(issuer.asked).toBe(3);
    const empty = new PublishedKeys({ authority: 'https://login.test', tenantId: 't', clock, fetch: issuer.fetch });
    await expect(empty.key('k1')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', retryable: true });
  });

  it('no longer count once the issuer has taken them back', async () => {
    await keys.key('k1');
    issuer.pairs.shift();
    await clock.advance(25 * 3_600_000);
    expect(await keys.key('k1')).toBeUndefined();
  });

  it('are not asked for by every caller while the issuer is down, and soon again', async () => {
    issuer.isDown = true;
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await expect(keys.key('k1')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', retryable: true });
    }
    expect(issuer.asked).toBe(1);
    issuer.isDown = false;
    await clock.advance(5_000);
    expect(await keys.key('k1')).toMatchObject({ kid: 'k1' });
  });

  it.each([{ keys: 'none' }, { keys: [] }, 'text', null])('are none in %j', async (body) => {
    const fetch = (): Promise<Response> => Promise.resolve(Response.json(body));
    const odd = new PublishedKeys({ authority: 'https://login.test', tenantId: 't', clock, fetch });
    await expect(odd.key('k1')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
  });
});
