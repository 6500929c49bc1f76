import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';

import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';

/** What an installation token may do, and until when. */
export interface Grant {
  readonly repositories: readonly string[] | undefined;
  readonly may: May;
  readonly expires: number;
}

/** Tells whether a right was asked for, and so given; one to write is one to read. */
export type May = (permission: string, access: 'read' | 'write') => boolean;

const TOKEN_LIFE_MS = 3_600_000;
/** https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
const MAX_JWT_LIFE_S = 600;
const CLOCK_SKEW_S = 60;

/** A key pair for the App of a local run. */
export function createAppKey(): { readonly privateKeyPem: string; readonly publicKeyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

/** The App flow: JWT in, installation token out, expiry and repository scope. */
export class AppAuth {
  readonly #appId: string;
  readonly #key: KeyObject;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #grants = new Map<string, Grant>();

  constructor(app: { readonly appId: number; readonly publicKeyPem: string }, clock: Clock, random: Random) {
    this.#appId = String(app.appId);
    this.#key = createPublicKey(app.publicKeyPem);
    this.#clock = clock;
    this.#random = random;
  }

  /** Tells whether a bearer is a JWT of this App: RS256, its issuer, ten minutes at most. */
  isApp(jwt: string): boolean {
    const [head = '', body = '', signature = ''] = jwt.split('.');
    try {
      const { alg } = decode(head);
      const { iss, iat, exp } = decode(body);
      const now = this.#clock.now().getTime() / 1000;
      const isTimely = Number(exp) > now && Number(exp) <= now + MAX_JWT_LIFE_S && Number(iat) <= now + CLOCK_SKEW_S;
      const bytes = Buffer.from(`${head}.${body}`);
      return (
        alg === 'RS256' &&
        String(iss) === this.#appId &&
        isTimely &&
        verify('RSA-SHA256', bytes, this.#key, Buffer.from(signature, 'base64url'))
      );
    } catch {
      return false;
    }
  }

  issue(request: {
    readonly repositories?: readonly string[];
    readonly permissions?: Readonly<Record<string, string>>;
  }): { readonly token: string; readonly expiresAt: string } {
    const token = `ghs_${this.#random.uuid().replaceAll('-', '')}`;
    const expires = this.#clock.now().getTime() + TOKEN_LIFE_MS;
    const may: May = (permission, access) => {
      const granted = request.permissions === undefined ? 'write' : request.permissions[permission];
      return granted === 'write' || granted === access;
    };
    this.#grants.set(token, {
      repositories: request.repositories?.map((name) => name.toLowerCase()),
      may,
      expires,
    });
    return { token, expiresAt: new Date(expires).toISOString() };
  }

  grant(token: string): Grant | undefined {
    const grant = this.#grants.get(token);
    return grant !== undefined && grant.expires > this.#clock.now().getTime() ? grant : undefined;
  }
}

function decode(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
}
