import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Handler } from '../http/serve.ts';
import { failure, json } from './answer.ts';
import { AppAuth } from './app-auth.ts';
import { Faults } from './faults.ts';
import { answerGraphql } from './graphql.ts';
import { Repository } from './repository.ts';
import { answerRest, type RestCall } from './rest.ts';
import { answerGitHttp } from './smart-http.ts';

export interface LocalGitHubOptions {
  /** Holds `OWNER/NAME.git`. */
  readonly root: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly app: { readonly appId: number; readonly publicKeyPem: string };
  /** Token of a person: may clone, push, and read everything. */
  readonly peopleToken: string;
}

/** Who calls: a person, an installation with its bounds, or nobody. */
export interface Caller {
  readonly canWrite: boolean;
  readonly repositories?: readonly string[] | undefined;
}

const LIMIT = 5_000;
const HOUR_MS = 3_600_000;

/** GitHub as far as this product talks to it, over real bare repositories. */
export class LocalGitHub {
  readonly faults = new Faults();
  readonly #options: LocalGitHubOptions;
  readonly #auth: AppAuth;
  readonly #repositories = new Map<string, Repository>();
  readonly #protected = new Set<string>();
  #requests = 0;

  constructor(options: LocalGitHubOptions) {
    this.#options = options;
    this.#auth = new AppAuth(options.app, options.clock, options.random);
  }

  /** Creates a repository with its first commit, or opens the one that is there. */
  async createRepository({
    owner,
    name,
    branch,
    files,
  }: {
    readonly owner: string;
    readonly name: string;
    readonly branch: string;
    readonly files: Readonly<Record<string, string>>;
  }): Promise<Repository> {
    const repository = new Repository(this.#options.root, { owner, name }, this.#options.clock);
    await repository.create(branch, files);
    this.#repositories.set(`${owner}/${name}`.toLowerCase(), repository);
    return repository;
  }

  /** From now on the branch takes pull requests only. */
  protect(owner: string, name: string, branch: string): void {
    this.#protected.add(`${owner}/${name}#${branch}`.toLowerCase());
  }

  readonly handler: Handler = async (request) => {
    const url = new URL(request.url);
    const path = decodeURIComponent(url.pathname);
    const gitPath = /^\/([^/]+)\/([^/]+?)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path);
    const isProtected = (owner: string, name: string, branch: string): boolean =>
      this.#protected.has(`${owner}/${name}#${branch}`.toLowerCase());
    if (gitPath !== null) {
      const [, owner = '', name = '', service = ''] = gitPath;
      const repository = this.#repositories.get(`${owner}/${name}`.toLowerCase());
      const mayPush = this.#caller(request)?.canWrite === true;
      return repository === undefined
        ? new Response('Repository not found.', { status: 404 })
        : await answerGitHttp(request, repository, { service, mayPush, search: url.search });
    }
    const fault = await this.faults.meet(request.method, path, this.#options.clock);
    if (fault !== undefined) {
      return fault;
    }
    const answer = await this.#answer(request, path, { url, isProtected });
    return this.#withHeaders(answer);
  };

  async #answer(
    request: Request,
    path: string,
    { url, isProtected }: { readonly url: URL; readonly isProtected: RestCall['isProtected'] },
  ): Promise<Response> {
    const bearer = tokenOf(request);
    const app = /^\/repos\/([^/]+)\/([^/]+)\/installation$/.exec(path);
    const tokens = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path);
    if (app !== null || tokens !== null || path === '/app') {
      if (!this.#auth.isApp(bearer)) {
        return failure(401, 'A JSON web token could not be decoded');
      }
      if (tokens !== null) {
        const body = (await request.json().catch(() => ({}))) as Parameters<AppAuth['issue']>[0];
        const { token, expiresAt } = this.#auth.issue(body);
        return json(201, {
          token,
          expires_at: expiresAt,
          permissions: body.permissions ?? {},
          repository_selection: 'selected',
        });
      }
      const known = app === null || this.#repositories.has(`${app[1] ?? ''}/${app[2] ?? ''}`.toLowerCase());
      return known
        ? json(200, { id: 1, app_id: this.#options.app.appId, slug: 'aks-reflex' })
        : failure(404, 'Not Found');
    }
    const caller = this.#caller(request);
    if (caller === undefined) {
      return failure(401, 'Bad credentials');
    }
    const find = (owner: string, name: string): Repository | undefined => {
      const isInScope = caller.repositories === undefined || caller.repositories.includes(name.toLowerCase());
      return isInScope ? this.#repositories.get(`${owner}/${name}`.toLowerCase()) : undefined;
    };
    const call = { request, path, url, caller, clock: this.#options.clock, find, isProtected };
    return path === '/graphql' || path === '/api/graphql' ? await answerGraphql(call) : await answerRest(call);
  }

  #caller(request: Request): Caller | undefined {
    const token = tokenOf(request);
    if (token === this.#options.peopleToken) {
      return { canWrite: true };
    }
    const grant = this.#auth.grant(token);
    return grant === undefined ? undefined : { canWrite: grant.canWrite, repositories: grant.repositories };
  }

  #withHeaders(answer: Response): Response {
    this.#requests += 1;
    const used = this.#requests % LIMIT;
    const reset = Math.ceil(this.#options.clock.now().getTime() / HOUR_MS) * (HOUR_MS / 1000);
    answer.headers.set('x-ratelimit-limit', String(LIMIT));
    answer.headers.set('x-ratelimit-used', String(used));
    answer.headers.set('x-ratelimit-remaining', String(LIMIT - used));
    answer.headers.set('x-ratelimit-reset', String(reset));
    answer.headers.set('x-github-request-id', this.#options.random.uuid());
    return answer;
  }
}

function tokenOf(request: Request): string {
  const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
  if (scheme.toLowerCase() === 'basic') {
    return Buffer.from(value, 'base64').toString('utf8').split(':')[1] ?? '';
  }
  return value;
}
