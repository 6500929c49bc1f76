import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import {
  judgePersonClaims,
  judgeSenderClaims,
  type PersonTrust,
  type SenderTrust,
} from '../../../shared/api/token-claims.ts';

function claimsIn(name: string): Record<string, unknown> {
  const file = new URL(`../../fixtures/payloads/token-claims-${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

const valid = claimsIn('azns-v2');
const application = String(valid['azp']);
const trust: SenderTrust = {
  tenantId: String(valid['tid']),
  clientId: String(valid['aud']),
  apiUri: String(claimsIn('azns-v1')['aud']),
  skewSeconds: 60,
  applicationIds: [application],
  role: 'ActionGroupsSecureWebhook',
};
const expiry = Number(valid['exp']);
const notBefore = Number(valid['nbf']);
const atSeconds = (seconds: number): Date => new Date(seconds * 1000);
const now = atSeconds(notBefore + 10);

describe('judgeSenderClaims', () => {
  it.each(['azns-v1', 'azns-v2'])('accepts the action group service by %s', (name) => {
    expect(judgeSenderClaims(claimsIn(name), trust, now)).toEqual({ accepted: true, applicationId: application });
  });

  it.each`
    refusal                | overrides
    ${'malformed'}         | ${{ exp: 'soon' }}
    ${'malformed'}         | ${{ aud: [trust.clientId] }}
    ${'wrong-tenant'}      | ${{ tid: 'another' }}
    ${'wrong-issuer'}      | ${{ iss: 'https://sts.windows.net/another/' }}
    ${'wrong-audience'}    | ${{ aud: 'https://management.azure.com' }}
    ${'user-token'}        | ${{ scp: '' }}
    ${'wrong-application'} | ${{ azp: 'another' }}
    ${'wrong-application'} | ${{ azp: undefined }}
    ${'missing-role'}      | ${{ roles: undefined }}
    ${'missing-role'}      | ${{ roles: ['Approver'] }}
  `('refuses $overrides as $refusal', ({ refusal, overrides }: { refusal: string; overrides: object }) => {
    expect(judgeSenderClaims({ ...valid, ...overrides }, trust, now)).toEqual({ accepted: false, refusal });
  });

  it('refuses another application of the tenant', () => {
    const verdict = judgeSenderClaims(claimsIn('wrong-app-same-tenant'), trust, now);
    expect(verdict).toEqual({ accepted: false, refusal: 'wrong-application' });
  });

  it.each`
    seconds           | refusal
    ${expiry + 60}    | ${'expired'}
    ${notBefore - 61} | ${'not-yet-valid'}
  `('refuses $refusal beyond the skew', ({ seconds, refusal }: { seconds: number; refusal: string }) => {
    expect(judgeSenderClaims(valid, trust, atSeconds(seconds))).toEqual({ accepted: false, refusal });
  });

  it.each([expiry + 59, notBefore - 60])('accepts %d, within the skew', (seconds) => {
    expect(judgeSenderClaims(valid, trust, atSeconds(seconds)).accepted).toBe(true);
  });
});

describe('judgePersonClaims', () => {
  const personTrust: PersonTrust = { ...trust, clientApplicationId: 'reflex-cli', scope: 'access_as_user' };
  const person = {
    ...valid,
    azp: 'reflex-cli',
    scp: 'openid access_as_user',
    oid: 'alice',
    roles: ['Operator', 'Other'],
  };

  it('accepts a person with the roles that it knows', () => {
    const verdict = judgePersonClaims(person, personTrust, now);
    expect(verdict).toEqual({ accepted: true, objectId: 'alice', roles: ['Operator'], groups: [] });
    expect(judgePersonClaims({ ...person, groups: ['g1'] }, personTrust, now)).toMatchObject({ groups: ['g1'] });
  });

  it('trusts no client while none is set', () => {
    const nobody = { ...personTrust, clientApplicationId: '' };
    expect(judgePersonClaims({ ...person, azp: '' }, nobody, now)).toMatchObject({ refusal: 'wrong-application' });
  });

  it.each`
    refusal                | overrides
    ${'malformed'}         | ${{ roles: 'Approver' }}
    ${'malformed'}         | ${{ oid: undefined }}
    ${'malformed'}         | ${{ oid: '' }}
    ${'wrong-audience'}    | ${{ aud: 'another' }}
    ${'application-token'} | ${{ scp: undefined, roles: ['Approver'] }}
    ${'application-token'} | ${{ scp: '', roles: ['Approver'] }}
    ${'application-token'} | ${{ idtyp: 'app', roles: ['Approver'] }}
    ${'wrong-application'} | ${{ azp: application }}
    ${'missing-scope'}     | ${{ scp: 'openid access_as_user2' }}
    ${'missing-role'}      | ${{ roles: ['approver'] }}
  `('refuses $overrides as $refusal', ({ refusal, overrides }: { refusal: string; overrides: object }) => {
    expect(judgePersonClaims({ ...person, ...overrides }, personTrust, now)).toEqual({ accepted: false, refusal });
  });
});
