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

export interface LocalEntraOptions {
  readonly tenantId: string;
  /** Client id of the API: the audience of its tokens. */
  readonly audience: string;
  readonly apps: readonly DemoApp[];
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

/** Entra as far as a sender of alerts needs it: the tenant's keys, and tokens for applications by client credentials. */
export class LocalEntra {
  readonly #options: LocalEntraOptions;
  #keys: readonly SigningKey[];

  constructor(options: LocalEntraOptions) {
    this.#options = options;
    this.#keys = [newKey(options.random)];
  }

  /** From now on tokens are signed by a new key; the former one stays published. */
  rollKey(): void {
    this.#keys = [newKey(this.#options.random), ...this.#keys];
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
        return this.#token(new URLSearchParams(await request.text()));
      default:
        return Response.json({ error: 'not_found' }, { status: 404 });
    }
  };

  #token(form: URLSearchParams): Response {
    const { apps, audience } = this.#options;
    const app = apps.find(
      ({ appId, secret }) => appId === form.get('client_id') && secret === form.get('client_secret'),
    );
    if (form.get('grant_type') !== 'client_credentials') {
      return Response.json({ error: 'unsupported_grant_type' }, { status: 400 });
    }
    if (app === undefined) {
      return Response.json({ error: 'invalid_client', error_description: 'AADSTS7000215' }, { status: 401 });
    }
    if (form.get('scope') !== `api://${audience}/.default`) {
      return Response.json({ error: 'invalid_resource', error_description: 'AADSTS500011' }, { status: 400 });
    }
    return Response.json({ token_type: 'Bearer', expires_in: TOKEN_LIFE_S, access_token: this.#sign(app) });
  }

  #sign({ appId, roles }: DemoApp): string {
    const { tenantId, audience, clock, random } = this.#options;
    const [{ kid, privateKey }] = this.#keys as readonly [SigningKey, ...SigningKey[]];
    const at = Math.floor(clock.now().getTime() / 1000);
    const oid = random.uuid();
    const claims = {
      aud: audience,
      iss: issuerOf(tenantId),
      iat: at,
      nbf: at,
      exp: at + TOKEN_LIFE_S,
      azp: appId,
      azpacr: '1',
      oid,
      roles,
      sub: oid,
      tid: tenantId,
      ver: '2.0',
    };
    const signed = `${encode({ typ: 'JWT', alg: 'RS256', kid })}.${encode(claims)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
  }
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
