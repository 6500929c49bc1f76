import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { judgeSenderClaims, type SenderTrust } from '../../../shared/api/token-claims.ts';

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
