import * as z from 'zod';

import { UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegistryHttp } from './registry-http.ts';

/** Who we are to a registry. */
export type RegistryCredential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A Microsoft Entra token for `https://containerregistry.azure.net/.default`, fetched or cached by the caller. */
  | { readonly kind: 'entra'; readonly entraToken: () => Promise<string> };

/** `Bearer ...` or `Basic ...` for one scope; `expiresAt` in epoch milliseconds. */
interface Authorization {
  readonly header: string;
  readonly expiresAt: number;
}

/** A registry that names no expiry means 60 s: https://distribution.github.io/distribution/spec/auth/token/ */
const UNTOLD_LIFETIME_SECONDS = 60;
const EXPIRY_MARGIN_MS = 30_000;

const tokenAnswer = z.object({
  access_token: z.string().optional(),
  token: z.string().optional(),
  expires_in: z.number().optional(),
});
const exchangeAnswer = z.object({ refresh_token: z.string() });
const jwtPayload = z.object({ exp: z.number() });

/**
 * Tokens of one registry, one per scope.
 *
 * Token addresses are ACR's documented ones on the registry's own origin, never the `realm` of a challenge: whoever
 * could forge a challenge could have our credential sent elsewhere.
 * https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
 */
export class RegistryAuth {
  readonly #http: RegistryHttp;
  readonly #credential: RegistryCredential;
  readonly #clock: Clock;
  readonly #authorizations = new Map<string, Authorization>();

  constructor(http: RegistryHttp, credential: RegistryCredential, clock: Clock) {
    this.#http = http;
    this.#credential = credential;
    this.#clock = clock;
  }

  /** The header for `purpose` (a repository and what is done with it) while its token lives. */
  cached(purpose: string): string | undefined {
    const found = this.#authorizations.get(purpose);
    return found !== undefined && found.expiresAt > this.#clock.now().getTime() ? found.header : undefined;
  }

  /** Answers a 401: a new header for `purpose`, or undefined if the challenge asks for what we do not have. */
  async answer(purpose: string, challenge: string): Promise<string | undefined> {
    this.#authorizations.delete(purpose);
    const { scheme, parameters } = parseChallenge(challenge);
    const authorization =
      scheme === 'bearer' ? await this.#bearer(parameters) : scheme === 'basic' ? this.#basic() : undefined;
    if (authorization !== undefined) {
      this.#authorizations.set(purpose, authorization);
    }
    return authorization?.header;
  }

  #basic(): Authorization | undefined {
    const header = basicHeader(this.#credential);
    return header === undefined ? undefined : { header, expiresAt: Infinity };
  }

  async #bearer(parameters: ReadonlyMap<string, string>): Promise<Authorization> {
    const scope = parameters.get('scope') ?? '';
    const service = parameters.get('service') ?? this.#http.host;
    const answer =
      this.#credential.kind === 'entra'
        ? await this.#exchange(this.#credential.entraToken, service, scope)
        : await this.#fetchToken(service, scope);
    const token = answer.access_token ?? answer.token;
    if (token === undefined) {
      throw new UpstreamError('registry token', 502);
    }
    const now = this.#clock.now().getTime();
    const expiresAt = expiryOf(token) ?? now + (answer.expires_in ?? UNTOLD_LIFETIME_SECONDS) * 1000;
    return { header: `Bearer ${token}`, expiresAt: expiresAt - EXPIRY_MARGIN_MS };
  }

  async #fetchToken(service: string, scope: string): Promise<z.infer<typeof tokenAnswer>> {
    const path = `/oauth2/token?${new URLSearchParams({ service, scope }).toString()}`;
    const authorization = basicHeader(this.#credential);
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    return parse(tokenAnswer, await this.#http.send('registry token', { path, headers }));
  }

  async #exchange(
    entraToken: () => Promise<string>,
    service: string,
    scope: string,
  ): Promise<z.infer<typeof tokenAnswer>> {
    const exchange = { grant_type: 'access_token', service, access_token: await entraToken() };
    const exchanged = await this.#http.send('registry exchange', { path: '/oauth2/exchange', form: exchange });
    const { refresh_token } = parse(exchangeAnswer, exchanged);
    const form = { grant_type: 'refresh_token', service, scope, refresh_token };
    return parse(tokenAnswer, await this.#http.send('registry token', { path: '/oauth2/token', form }));
  }
}

function basicHeader(credential: RegistryCredential): string | undefined {
  return credential.kind === 'basic'
    ? `Basic ${Buffer.from(`${credential.username}:${credential.password}`, 'utf8').toString('base64')}`
    : undefined;
}

function parse<T>(schema: z.ZodType<T>, answer: { readonly status: number; readonly bytes: Uint8Array }): T {
  if (answer.status !== 200) {
    throw new UpstreamError('registry token', answer.status);
  }
  try {
    return schema.parse(JSON.parse(Buffer.from(answer.bytes).toString('utf8')));
  } catch (error) {
    throw new UpstreamError('registry token', 502, { cause: error });
  }
}

/** `Bearer realm="...",service="...",scope="..."`; RFC 9110 section 11.6.1. */
function parseChallenge(challenge: string): { scheme: string; parameters: ReadonlyMap<string, string> } {
  const scheme = /^\s*([a-z]+)/i.exec(challenge)?.[1]?.toLowerCase() ?? '';
  const parameters = [...challenge.matchAll(/([a-z]+)="([^"]*)"/gi)];
  return { scheme, parameters: new Map(parameters.map(([, name = '', value = '']) => [name.toLowerCase(), value])) };
}

/** When a JWT ends, in epoch milliseconds; undefined for a token of another form. We only read it, the registry checks it. */
function expiryOf(token: string): number | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return jwtPayload.parse(payload).exp * 1000;
  } catch {
    return undefined;
  }
}
