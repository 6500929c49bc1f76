import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import { answerFaults, FAULTS_PATH } from '../http/faults-api.ts';
import { Faults } from '../http/faults.ts';
import type { Handler } from '../http/serve.ts';
import { failure, json, unlessKnown } from './answer.ts';
import { AppAuth } from './app-auth.ts';
import { tokenOf, type Caller } from './caller.ts';
import { answerGraphql } from './graphql.ts';
import { RateLimit } from './rate-limit.ts';
import { Repository } from './repository.ts';
import { answerRest } from './rest.ts';
import { answerGitHttp } from './smart-http.ts';

export interface LocalGitHubOptions {
  /** Holds `OWNER/NAME.git`. */
  readonly root: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly app: { readonly appId: number; readonly publicKeyPem: string };
  /** Token of a person: may clone, push, read everything and switch faults. */
  readonly peopleToken: string;
}

/** A repository as it is made. */
export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  readonly branch: string;
  readonly files: Readonly<Record<string, string>>;
}

const GIT_PATH = /^\/([^/]+)\/([^/]+?)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const INSTALLATION = /^\/repos\/([^/]+)\/([^/]+)\/installation$/;
const TOKENS = /^\/app\/installations\/(\d+)\/access_tokens$/;

/** Tally of the requests that count for GitHub's limit on creating content. */
export const CONTENT = 'content-creating';

/** GitHub as far as this product talks to it, over real bare repositories. */
export class LocalGitHub {
  readonly faults = new Faults(failure);
  readonly limit: RateLimit;
  readonly #options: LocalGitHubOptions;
  readonly #auth: AppAuth;
  readonly #repositories = new Map<string, Repository>();

  constructor(options: LocalGitHubOptions) {
    this.#options = options;
    this.limit = new RateLimit(options.clock);
    this.#auth = new AppAuth(options.app, options.clock, options.random);
  }

  /** Creates a repository with its first commit, or opens the one that is there. */
  async createRepository({ owner, name, branch, files }: NewRepository): Promise<Repository> {
    const repository = new Repository(this.#options.root, { owner, name }, this.#options.clock);
    await repository.create(branch, files);
    this.#repositories.set(`${owner}/${name}`.toLowerCase(), repository);
    return repository;
  }

  readonly handler: Handler = async (request) => {
    const url = new URL(request.url);
    const path = decodedPath(url);
    if (path === undefined) {
      return failure(400, 'Bad Request');
    }
    const git = GIT_PATH.exec(path);
    if (git !== null) {
      return await this.#answerGit(request, url, git.slice(1));
    }
    const token = tokenOf(request);
    if (path === FAULTS_PATH) {
      return token === this.#options.peopleToken
        ? await answerFaults(request, this.faults)
        : failure(401, 'the token of endpoints.json is needed');
    }
    const { clock, random } = this.#options;
    const call = { method: request.method, path, clock };
    const answer =
      this.limit.take(token) ?? (await this.faults.around(call, () => this.#answer(request, { path, url, token })));
    if (answer.status === 304) {
      this.limit.giveBack(token);
    }
    this.limit.mark(answer, token);
    answer.headers.set('x-github-request-id', random.uuid());
    return answer;
  };

  async #answerGit(request: Request, { search }: URL, parts: readonly string[]): Promise<Response> {
    const [owner = '', name = '', service = ''] = parts;
    const repository = this.#find(owner, name);
    const caller = this.#caller(tokenOf(request));
    const mayPush = caller?.may('contents', 'write') === true && isInScope(caller, name);
    return repository === undefined
      ? new Response('Repository not found.', { status: 404 })
      : await answerGitHttp(request, repository, { service, mayPush, search });
  }

  async #answer(
    request: Request,
    { path, url, token }: { readonly path: string; readonly url: URL; readonly token: string },
  ): Promise<Response> {
    const installation = INSTALLATION.exec(path);
    const tokens = TOKENS.exec(path);
    if (installation !== null || tokens !== null || path === '/app') {
      return this.#auth.isApp(token)
        ? await this.#answerApp(request, installation, tokens)
        : failure(401, 'A JSON web token could not be decoded');
    }
    const caller = this.#caller(token);
    if (caller === undefined) {
      return failure(401, 'Bad credentials');
    }
    const find = (owner: string, name: string): Repository | undefined => {
      return isInScope(caller, name) ? this.#find(owner, name) : undefined;
    };
    if (await createsContent(request, path)) {
      this.faults.tally(CONTENT);
    }
    const call = { request, path, url, caller, clock: this.#options.clock, find };
    try {
      return path === '/graphql' || path === '/api/graphql'
        ? await answerGraphql(call)
        : await unlessKnown(request, await answerRest(call));
    } catch (error) {
      if (error instanceof SyntaxError) {
        return failure(400, 'Problems parsing JSON');
      }
      throw error;
    }
  }

  async #answerApp(
    request: Request,
    installation: RegExpExecArray | null,
    tokens: RegExpExecArray | null,
  ): Promise<Response> {
    if (tokens !== null) {
      const body = (await request.json().catch(() => ({}))) as Parameters<AppAuth['issue']>[0];
      const { token, expiresAt } = this.#auth.issue(body);
      const permissions = body.permissions ?? {};
      return json(201, { token, expires_at: expiresAt, permissions, repository_selection: 'selected' });
    }
    const [, owner = '', name = ''] = installation ?? [];
    return installation === null || this.#find(owner, name) !== undefined
      ? json(200, { id: 1, app_id: this.#options.app.appId, slug: 'aks-reflex' })
      : failure(404, 'Not Found');
  }

  #find(owner: string, name: string): Repository | undefined {
    return this.#repositories.get(`${owner}/${name}`.toLowerCase());
  }

  #caller(token: string): Caller | undefined {
    if (token === this.#options.peopleToken) {
      return { token, may: () => true };
    }
    const grant = this.#auth.grant(token);
    if (grant === undefined) {
      return undefined;
    }
    const { may, repositories } = grant;
    return { token, may, repositories };
  }
}

function isInScope({ repositories }: Caller, name: string): boolean {
  return repositories === undefined || repositories.includes(name.toLowerCase());
}

function decodedPath({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

/** Mutations, and REST calls that make something. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits */
async function createsContent(request: Request, path: string): Promise<boolean> {
  return path.endsWith('/graphql')
    ? /"query":"\s*mutation/.test(await request.clone().text())
    : ['POST', 'PATCH', 'PUT'].includes(request.method);
}
