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
  readonly #tokens = new Map<string, { readonly expires: number; readonly scopes: readonly string[] | 'refresh' }>();

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** @param scope - what the call needs: `repository:NAME:pull`; empty for the API's root. */
  isAllowed(request: Request, scope: string): boolean {
    const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
    if (scheme.toLowerCase() !== 'bearer') {
      return this.#isUser(scheme, value);
    }
    const scopes = this.#live(value)?.scopes;
    return scopes !== undefined && scopes !== 'refresh' && (scope === '' || scopes.some((one) => covers(one, scope)));
  }

  challenge(url: URL, scope: string): Readonly<Record<string, string>> {
    const wanted = scope === '' ? '' : `,scope="${scope}"`;
    const realm = `${url.origin}/oauth2/token`;
    return { 'www-authenticate': `Bearer realm="${realm}",service="${this.#options.loginServer}"${wanted}` };
  }

  async answer(request: Request, url: URL): Promise<Response> {
    const form = new URLSearchParams(request.method === 'POST' ? await request.text() : url.search);
    const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
    if (url.pathname === '/oauth2/exchange') {
      return form.get('access_token') ? Response.json({ refresh_token: this.#issue('refresh') }) : denied();
    }
    const byRefresh = this.#live(form.get('refresh_token') ?? '')?.scopes === 'refresh';
    const byPassword =
      form.get('username') === this.#options.username && form.get('password') === this.#options.password;
    if (!byRefresh && !byPassword && !this.#isUser(scheme, value)) {
      return denied();
    }
    const token = this.#issue(form.getAll('scope').flatMap((scope) => scope.split(' ')));
    return Response.json({ access_token: token, token, expires_in: TOKEN_LIFE_MS / 1000 });
  }

  #isUser(scheme: string, value: string): boolean {
    const { username, password } = this.#options;
    return (
      scheme.toLowerCase() === 'basic' && Buffer.from(value, 'base64').toString('utf8') === `${username}:${password}`
    );
  }

  #live(token: string): { readonly scopes: readonly string[] | 'refresh' } | undefined {
    const found = this.#tokens.get(token);
    return found !== undefined && found.expires > this.#options.clock.now().getTime() ? found : undefined;
  }

  #issue(scopes: readonly string[] | 'refresh'): string {
    const token = this.#options.random.uuid();
    this.#tokens.set(token, { scopes, expires: this.#options.clock.now().getTime() + TOKEN_LIFE_MS });
    return token;
  }
}

/** `repository:shop/web:pull,push` covers `repository:shop/web:pull`; `*` is every action. */
function covers(granted: string, wanted: string): boolean {
  const [kind, name, actions = ''] = granted.split(':');
  const [wantedKind, wantedName, action = ''] = wanted.split(':');
  return kind === wantedKind && name === wantedName && actions.split(',').some((one) => one === action || one === '*');
}

function denied(): Response {
  return Response.json({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }, { status: 401 });
}
