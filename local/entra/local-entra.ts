import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Handler } from '../http/serve.ts';

/** An application that may get tokens for our API by its secret. */
export interface DemoApp {
  readonly appId: string;
  readonly secret: string;
  readonly roles: readonly string[];
}

/** A person who may get tokens for our API through our own client. */
export interface DemoUser {
  readonly username: string;
  readonly password: string;
  readonly objectId: string;
  readonly roles: readonly string[];
  /** Object ids. */
  readonly groups: readonly string[];
}

/** Our own client, for which people get tokens, and what they may ask for. */
export interface DemoClient {
  readonly appId: string;
  readonly scope: string;
}

export interface LocalEntraOptions {
  readonly tenantId: string;
  /** Client id of the API: the audience of its tokens. */
  readonly audience: string;
  readonly apps: readonly DemoApp[];
  readonly client?: DemoClient;
  readonly users?: readonly DemoUser[];
  /**
   * Whoever has it gets any claims signed by `POST /_local/tokens`: tokens that must be refused; and rolls the signing key
   * by `POST /_local/keys`. Absent: nobody.
   */
  readonly forgerSecret?: string;
  readonly clock: Clock;
  readonly random: Random;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime: 60 to 90 minutes. */
const TOKEN_LIFE_S = 3_900;

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Entra as far as our callers need it: the tenant's keys, tokens for applications by client credentials, and delegated
 * tokens for people by their password, which is for demo users and for loopback only.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc
 */
export class LocalEntra {
  readonly #options: LocalEntraOptions;
  #keys: readonly SigningKey[];

  constructor(options: LocalEntraOptions) {
    this.#options = options;
    this.#keys = [newKey(options.random)];
  }

  /** From now on tokens are signed by a new key; the former one stays published. */
  rollKey(): { readonly kid: string } {
    const key = newKey(this.#options.random);
    this.#keys = [key, ...this.#keys];
    return { kid: key.kid };
  }

  readonly handler: Handler = async (request) => {
    const { pathname, origin } = new URL(request.url);
    const { tenantId } = this.#options;
    switch (`${request.method} ${pathname}`) {
      case `GET /${tenantId}/v2.0/.well-known/openid-configuration`:
        return Response.json({
          issuer: issuerOf(tenantId),
          token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
          jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
        });
      case `GET /${tenantId}/discovery/v2.0/keys`:
        return Response.json({
          keys: this.#keys.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' })),
        });
      case `POST /${tenantId}/oauth2/v2.0/token`:
        return this.#token(new URLSearchParams(await request.text()), new URL(request.url).hostname);
      case 'POST /_local/tokens':
        return this.#isForger(request) ? this.#grant((await request.json()) as object) : refused(401, 'invalid_client');
      case 'POST /_local/keys':
        return this.#isForger(request)
          ? Response.json(this.rollKey(), { status: 201 })
          : refused(401, 'invalid_client');
      default:
        return Response.json({ error: 'not_found' }, { status: 404 });
    }
  };

  #isForger({ headers }: Request): boolean {
    const { forgerSecret } = this.#options;
    return forgerSecret !== undefined && headers.get('authorization') === `Bearer ${forgerSecret}`;
  }

  #token(form: URLSearchParams, hostname: string): Response {
    switch (form.get('grant_type')) {
      case 'client_credentials':
        return this.#applicationToken(form);
      case 'password':
        return LOOPBACK.includes(hostname) ? this.#delegatedToken(form) : refused(400, 'unsupported_grant_type');
      default:
        return refused(400, 'unsupported_grant_type');
    }
  }

  #applicationToken(form: URLSearchParams): Response {
    const { apps, audience } = this.#options;
    const app = apps.find(
      ({ appId, secret }) => appId === form.get('client_id') && secret === form.get('client_secret'),
    );
    if (app === undefined) {
      return refused(401, 'invalid_client', 'AADSTS7000215');
    }
    if (form.get('scope') !== `api://${audience}/.default`) {
      return refused(400, 'invalid_resource', 'AADSTS500011');
    }
    const oid = this.#options.random.uuid();
    return this.#grant({ azp: app.appId, azpacr: '1', oid, sub: oid, roles: app.roles });
  }

  #delegatedToken(form: URLSearchParams): Response {
    const { audience, client, users = [] } = this.#options;
    const user = users.find(
      ({ username, password }) => username === form.get('username') && password === form.get('password'),
    );
    if (form.get('client_id') !== client?.appId) {
      return refused(400, 'unauthorized_client', 'AADSTS700016');
    }
    if (user === undefined) {
      return refused(400, 'invalid_grant', 'AADSTS50126');
    }
    if (form.get('scope') !== `api://${audience}/${client.scope}`) {
      return refused(400, 'invalid_scope', 'AADSTS65001');
    }
    const { objectId: oid, username, roles, groups } = user;
    const person = { oid, sub: `${oid}-${client.appId}`, preferred_username: username, roles, groups };
    return this.#grant({ azp: client.appId, azpacr: '0', scp: client.scope, ...person });
  }

  #grant(claims: object): Response {
    return Response.json({ token_type: 'Bearer', expires_in: TOKEN_LIFE_S, access_token: this.#sign(claims) });
  }

  #sign(about: object): string {
    const { tenantId, audience, clock } = this.#options;
    const [{ kid, privateKey }] = this.#keys as readonly [SigningKey, ...SigningKey[]];
    const at = Math.floor(clock.now().getTime() / 1000);
    const claims = {
      aud: audience,
      iss: issuerOf(tenantId),
      iat: at,
      nbf: at,
      exp: at + TOKEN_LIFE_S,
      tid: tenantId,
      ver: '2.0',
      ...about,
    };
    const signed = `${encode({ typ: 'JWT', alg: 'RS256', kid })}.${encode(claims)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
  }
}

function refused(status: number, error: string, description?: string): Response {
  const why = description === undefined ? {} : { error_description: description };
  return Response.json({ error, ...why }, { status });
}

function newKey(random: Random): SigningKey {
  return { kid: random.uuid(), ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

/** The real issuer's name: what is local is where the keys are published. */
function issuerOf(tenantId: string): string {
  return `https://login.microsoftonline.com/${tenantId}/v2.0`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
