import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where everything listens and how to get in; for this machine's user alone. */
export interface Endpoints {
  readonly pid: number;
  /** All empty with `--no-app`. */
  readonly host: {
    readonly url: string;
    readonly masterKey: string;
    readonly functionKey: string;
    readonly eventGridKey: string;
  };
  readonly github: {
    readonly url: string;
    readonly token: string;
    readonly repositories: Readonly<
      Record<string, { readonly clone: string; readonly path: string; readonly branch: string }>
    >;
  };
  readonly registries: Readonly<
    Record<
      string,
      { readonly url: string; readonly loginServer: string; readonly username: string; readonly password: string }
    >
  >;
  /**
   * `POST URL/TENANT/oauth2/v2.0/token`: tokens for `apps` by client credentials, scope `api://AUDIENCE/.default`; for
   * `users` by their password through `client`, scope `api://AUDIENCE/SCOPE`.
   */
  readonly entra: {
    readonly url: string;
    readonly tenantId: string;
    readonly audience: string;
    readonly apps: Readonly<Record<string, { readonly appId: string; readonly secret: string }>>;
    readonly client: { readonly appId: string; readonly scope: string };
    /**
     * `POST URL/_local/tokens` with this bearer and any claims: they come back signed, for trying what is refused.
     * `POST URL/_local/keys`: tokens are signed by a new key from now on.
     */
    readonly forgerSecret: string;
    readonly users: Readonly<
      Record<string, { readonly password: string; readonly objectId: string; readonly roles: readonly string[] }>
    >;
  };
  /** Azure Resource Manager; any bearer token will do. `GET /_local/faults` shows the writes that it has taken. */
  readonly arm: { readonly url: string };
  /** `URL/EDGE/` is answered as by Front Door; `/_local/regions` shows and switches the regions behind it. */
  readonly edge: {
    readonly url: string;
    /** ARM ids of the fleet's edges, of their origins and of the clusters behind them, by name. */
    readonly edges: Readonly<
      Record<
        string,
        {
          readonly id: string;
          readonly origins: Readonly<Record<string, { readonly id: string; readonly cluster: string }>>;
        }
      >
    >;
  };
  /** `PUT /_local/answers` says what a Log Analytics query gives; `GET /_local/queries` shows what was asked. */
  readonly logs: { readonly url: string };
  /** `GET /_local/pages` shows who was called about what. */
  readonly pager: { readonly url: string };
  readonly storage: { readonly connectionString: string; readonly pid: number };
}

const NAME = 'endpoints.json';

/** Writes `DIR/endpoints.json`, readable by its owner only, whole or not at all. */
export async function writeEndpoints(directory: string, endpoints: Endpoints): Promise<string> {
  const path = join(directory, NAME);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
  return path;
}

export async function readEndpoints(directory: string): Promise<Endpoints | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, NAME), 'utf8')) as Endpoints;
  } catch {
    return undefined;
  }
}

export async function removeEndpoints(directory: string): Promise<void> {
  await rm(join(directory, NAME), { force: true });
}
