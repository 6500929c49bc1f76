import { RegistryAuth, type RegistryCredential } from './registry-auth.ts';
import { RegistryHttp, type RegistryAnswer, type RegistryHttpOptions, type RegistryRequest } from './registry-http.ts';

export interface RegistrySessionOptions extends RegistryHttpOptions {
  readonly credential: RegistryCredential;
}

/** Reads from one registry as somebody: a challenge is answered once, and the token kept. */
export class RegistrySession {
  readonly http: RegistryHttp;
  readonly #auth: RegistryAuth;

  constructor({ credential, ...http }: RegistrySessionOptions) {
    this.http = new RegistryHttp(http);
    this.#auth = new RegistryAuth(this.http, credential, http.clock);
  }

  /** @throws RateLimitedError or UpstreamError, as RegistryHttp does. */
  async get(operation: string, repository: string, request: Omit<RegistryRequest, 'form'>): Promise<RegistryAnswer> {
    // Tokens are scoped by the registry's own challenge, which differs between reading manifests and listing tags.
    const purpose = `${operation} ${repository}`;
    const send = async (authorization: string | undefined): Promise<RegistryAnswer> =>
      await this.http.send(operation, {
        ...request,
        headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      });
    const answer = await send(this.#auth.cached(purpose));
    const challenge = answer.headers.get('www-authenticate');
    if (answer.status !== 401 || challenge === null) {
      return answer;
    }
    const authorization = await this.#auth.answer(purpose, challenge);
    return authorization === undefined ? answer : await send(authorization);
  }
}
