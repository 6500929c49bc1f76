import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';

interface TokenOptions {
  readonly loginServer: string;
  readonly username: string;
  readonly password: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** ACR's access tokens live that long. https://learn.microsoft.com/azure/container-registry/container-registry-authentication */
const TOKEN_LIFE_MS = 75 * 60_000;

/** Basic credentials, and ACR's exchange: an Entra token for a refresh token, that or a password for an access token. */
export class RegistryTokens {
  readonly #options: TokenOptions;
  readonly #tokens = new Map<string, number>();

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  isAllowed(request: Request): boolean {
    const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
    return scheme.toLowerCase() === 'bearer' ? this.#isLive(value) : this.#isUser(scheme, value);
  }

  challenge(url: URL): Readonly<Record<string, string>> {
    return { 'www-authenticate': `Bearer realm="${url.origin}/oauth2/token",service="${this.#options.loginServer}"` };
  }

  async answer(request: Request, url: URL): Promise<Response> {
    const form = new URLSearchParams(request.method === 'POST' ? await request.text() : url.search);
    const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
    if (url.pathname === '/oauth2/exchange') {
      return form.get('access_token') ? Response.json({ refresh_token: this.#issue() }) : denied();
    }
    const byRefresh = this.#isLive(form.get('refresh_token') ?? '');
    const byPassword =
      form.get('username') === this.#options.username && form.get('password') === this.#options.password;
    if (!byRefresh && !byPassword && !this.#isUser(scheme, value)) {
      return denied();
    }
    const token = this.#issue();
    return Response.json({ access_token: token, token, expires_in: TOKEN_LIFE_MS / 1000 });
  }

  #isUser(scheme: string, value: string): boolean {
    const { username, password } = this.#options;
    return (
      scheme.toLowerCase() === 'basic' && Buffer.from(value, 'base64').toString('utf8') === `${username}:${password}`
    );
  }

  #isLive(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > this.#options.clock.now().getTime();
  }

  #issue(): string {
    const token = this.#options.random.uuid();
    this.#tokens.set(token, this.#options.clock.now().getTime() + TOKEN_LIFE_MS);
    return token;
  }
}

function denied(): Response {
  return Response.json({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }, { status: 401 });
}
