import type { Endpoints } from '../endpoints.ts';
import type { Served } from '../http/serve.ts';

/** What the local services hand to the app as its settings. */
export interface SettingSources {
  readonly storage: string;
  readonly fleet: string;
  readonly github: { readonly url: string; readonly appId: number; readonly privateKeyPem: string };
  readonly registries: readonly {
    readonly loginServer: string;
    readonly served: Served;
    readonly username: string;
    readonly password: string;
  }[];
  readonly entra: Pick<Endpoints['entra'], 'url' | 'tenantId' | 'audience' | 'client'>;
  readonly arm: { readonly url: string };
  readonly gates: { readonly stores: Readonly<Record<string, string>>; readonly key: string };
  readonly pager: { readonly url: string };
  readonly logs: { readonly url: string };
  /** File of the root that certificates of image signatures are checked by; it need not be there. */
  readonly sigstoreRoot: string;
  readonly hostUrl: string;
}

/** The app settings of the local stack: the same names as in Azure, pointing at loopback. */
export function stackSettings({
  storage,
  fleet,
  github,
  registries,
  entra,
  arm,
  gates,
  pager,
  logs,
  sigstoreRoot,
  hostUrl,
}: SettingSources): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: storage,
    REFLEX_STORAGE: storage,
    REFLEX_FLEET: `file:${fleet}`,
    REFLEX_FLEET_REFRESH_SECONDS: '2',
    REFLEX_GITHUB_APP_ID: String(github.appId),
    REFLEX_GITHUB_APP_KEY: github.privateKeyPem,
    REFLEX_GITHUB_URL: github.url,
    REFLEX_REGISTRY_ENDPOINTS: JSON.stringify(
      Object.fromEntries(registries.map(({ loginServer, served }) => [loginServer, served.url])),
    ),
    REFLEX_REGISTRY_LOGINS: JSON.stringify(
      Object.fromEntries(
        registries.map(({ loginServer, username, password }) => [loginServer, { username, password }]),
      ),
    ),
    REFLEX_ARM_URL: arm.url,
    REFLEX_LOGS_URL: logs.url,
    // The local edge's meters are up to date; Azure's come minutes late.
    REFLEX_METRIC_LAG_SECONDS: '0',
    REFLEX_GATE_STORES: JSON.stringify(gates.stores),
    REFLEX_GATE_KEY: gates.key,
    REFLEX_SIGSTORE_ROOT: `file:${sigstoreRoot}`,
    REFLEX_PAGERS: JSON.stringify({ local: { format: 'generic', url: pager.url } }),
    REFLEX_TENANT_ID: entra.tenantId,
    REFLEX_CLIENT_ID: entra.audience,
    REFLEX_CLIENT_APP_ID: entra.client.appId,
    REFLEX_AUTHORITY: entra.url,
    REFLEX_RECORD_URL: `${hostUrl}/api/records`,
    ...ownChannels(process.env),
    ...switchedOff(process.env),
  };
}

/** Pagers and channels of one's own, to see what they are told. */
function ownChannels(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['REFLEX_PAGERS', 'REFLEX_ESCALATE_MINUTES', 'REFLEX_NOTIFY', 'REFLEX_HEARTBEAT_URL'];
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

/** `AzureWebJobs.NAME.Disabled`: a function is switched off here as in Azure. */
function switchedOff(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      /^AzureWebJobs\.[^.]+\.Disabled$/.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
