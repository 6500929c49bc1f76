import type { Clock } from '../../ports/clock.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';

/** Backdated against clock drift, and no longer than GitHub takes: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
const BACKDATE_SECONDS = 30;
const LIFETIME_SECONDS = 9 * 60;

/** `createJwt` of @octokit/auth-app for a key that can only sign. `driftSeconds` is GitHub's clock minus ours. */
export type CreateJwt = (appId: number | string, driftSeconds?: number) => Promise<{ jwt: string; expiresAt: string }>;

export function jwtFactory(signer: JwtSigner, clock: Clock): CreateJwt {
  return async (appId, driftSeconds = 0) => {
    const now = Math.floor(clock.now().getTime() / 1000) + driftSeconds;
    const expires = now + LIFETIME_SECONDS;
    const payload = { iat: now - BACKDATE_SECONDS, exp: expires, iss: String(appId) };
    const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(payload)}`;
    const signature = Buffer.from(await signer.sign(Buffer.from(signed, 'ascii'))).toString('base64url');
    return { jwt: `${signed}.${signature}`, expiresAt: new Date(expires * 1000).toISOString() };
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url');
}
