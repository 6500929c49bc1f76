import * as z from 'zod';

import { parseResourceId } from './domain/azure/resource-id.ts';
import { InvalidSettingError } from './errors.ts';

const JsonObjectText = z
  .string()
  .default('{}')
  .transform((text, context) => {
    try {
      const value: unknown = JSON.parse(text);
      return z.record(z.string(), z.unknown()).parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a JSON object' });
      return z.NEVER;
    }
  });

/** AzNS AAD Webhook: https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#configure-authentication-for-secure-webhook */
const ACTION_GROUPS = '461e8683-5575-4561-ac7f-899cc907d62a';

/** A service that wakes people: its format, where it is, and the key that it knows us by. */
const Pager = z.strictObject({
  format: z.enum(['pagerduty', 'opsgenie', 'generic', 'teams', 'slack']),
  url: z.url().exactOptional(),
  key: z.string().default(''),
});
/** A channel that is told what is done. */
const Channel = z.strictObject({
  format: z.enum(['generic', 'teams', 'slack']),
  url: z.url(),
  key: z.string().default(''),
});

const Environment = z.object({
  REFLEX_FLEET: z
    .string()
    .regex(
      /^(file:.+|blob:.+|github:[^/]+\/[^/]+\/.+@.+)$/,
      'expected file:PATH, blob:NAME or github:OWNER/REPO/PATH@BRANCH',
    ),
  REFLEX_FLEET_REFRESH_SECONDS: z.coerce.number().int().min(1).max(3600).default(30),
  REFLEX_CEILING: JsonObjectText,
  REFLEX_GITHUB_APP_ID: z.string().default(''),
  REFLEX_GITHUB_APP_KEY: z.string().default(''),
  REFLEX_GITHUB_URL: z.url().default('https://api.github.com'),
  REFLEX_GITHUB_THROTTLE: z.enum(['on', 'off']).default('on'),
  REFLEX_REGISTRY_ENDPOINTS: JsonObjectText.pipe(z.record(z.string(), z.url())),
  REFLEX_REGISTRY_LOGINS: JsonObjectText.pipe(
    z.record(z.string(), z.strictObject({ username: z.string(), password: z.string() })),
  ),
  REFLEX_RECORD_URL: z.string().default(''),
  REFLEX_SIGSTORE_ROOT: z
    .string()
    .regex(/^(|file:.+|blob:.+)$/, 'expected file:PATH or blob:NAME')
    .default(''),
  REFLEX_REGION: z.string().default(''),
  REFLEX_CELLS: z.string().default(''),
  REFLEX_ARM_URL: z.url().default('https://management.azure.com'),
  REFLEX_METRIC_LAG_SECONDS: z.coerce.number().int().min(0).max(900).default(180),
  REFLEX_LOGS_URL: z.url().default('https://api.loganalytics.io'),
  REFLEX_GATE_STORES: JsonObjectText.pipe(z.record(z.string(), z.string().min(1))),
  REFLEX_GATE_KEY: z.string().default(''),
  REFLEX_GATE_PUBLIC_KEYS: JsonObjectText.pipe(z.record(z.string(), z.record(z.string(), z.string()))),
  REFLEX_PAGERS: JsonObjectText.pipe(z.record(z.string(), Pager)),
  REFLEX_NOTIFY: JsonObjectText.pipe(z.record(z.string(), Channel)),
  REFLEX_ESCALATE_MINUTES: z.coerce.number().int().min(1).max(1440).default(15),
  // A queue message lives 7 days (SignalQueue): a late one must find what became of its intent.
  REFLEX_RETENTION_DAYS: z.coerce.number().int().min(8).max(3650).default(90),
  REFLEX_HEARTBEAT_URL: z.string().default(''),
  REFLEX_TENANT_ID: z.string().default(''),
  REFLEX_CLIENT_ID: z.string().default(''),
  REFLEX_API_URI: z.string().default(''),
  REFLEX_CLIENT_APP_ID: z.string().default(''),
  REFLEX_AUTHORITY: z.url().default('https://login.microsoftonline.com'),
  REFLEX_ALERT_SENDERS: z.string().default(ACTION_GROUPS),
});

/** Typed settings; docs/settings.md explains each. */
export interface Settings {
  /** A connection string (a laptop), or an account that is reached by managed identity. */
  readonly storage: { readonly connectionString: string } | { readonly accountName: string };
  readonly fleet: string;
  readonly fleetRefreshMs: number;
  readonly ceiling: Readonly<Record<string, unknown>>;
  readonly github: {
    readonly appId: string;
    /** PEM of the App's private key, or a Key Vault key id (`https://VAULT.vault.azure.net/keys/NAME`) that may sign. */
    readonly appKey: string;
    readonly apiUrl: string;
    readonly throttle: boolean;
  };
  /** Login server -> base URL, where they differ (the local stack). */
  readonly registryEndpoints: Readonly<Record<string, string>>;
  readonly registryLogins: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
  /** Where the trusted root of Sigstore lies, `file:PATH` or `blob:NAME`; empty: none. */
  readonly sigstoreRoot: string;
  /** Base of links to decision records in commit messages; empty: the record's id alone. */
  readonly recordUrl: string;
  /** Where this cell runs, and where all cells of this fleet run; empty: this is the only one. */
  readonly region: string;
  readonly cells: readonly string[];
  /** Azure Resource Manager, and how late its metrics may come. */
  readonly arm: { readonly url: string; readonly metricLagMs: number };
  /** Log Analytics' query API. */
  readonly logs: { readonly url: string };
  /** Where gate documents lie, by a name for each store, and the key that signs them (Key Vault key id); empty: no gates. */
  readonly gates: {
    readonly stores: Readonly<Record<string, string>>;
    /** ARM ids of the stores' storage accounts, of those that are named so. */
    readonly accountIds: Readonly<Record<string, string>>;
    readonly key: string;
    /** JSON Web Keys that documents may be signed by, ours first. */
    readonly publicKeys: readonly Readonly<Record<string, string>>[];
  };
  /** Who is called, in this order. */
  readonly pagers: readonly (z.infer<typeof Pager> & { readonly name: string })[];
  readonly escalateAfterMs: number;
  /** Who is told what is done, without being called. */
  readonly channels: readonly (z.infer<typeof Channel> & { readonly name: string })[];
  /** How long rows are kept after they are over. */
  readonly retentionMs: number;
  /** Called after each good tick; empty: nobody. */
  readonly heartbeatUrl: string;
  /** Whose tokens are believed; an empty tenant lets nobody in. */
  readonly entra: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly apiUri: string;
    readonly authority: string;
    /** Application id of our own client, for which people get their tokens; empty: no person is let in. */
    readonly clientAppId: string;
    /** Application ids that may send alerts. */
    readonly alertSenders: readonly string[];
  };
}

/**
 * Reads where the rows and blobs are.
 *
 * @throws InvalidSettingError if neither setting is there.
 */
export function readStorage(environment: Readonly<Record<string, string | undefined>>): Settings['storage'] {
  const { REFLEX_STORAGE: connectionString = '', REFLEX_STORAGE__accountName: accountName = '' } = environment;
  if (connectionString !== '') {
    return { connectionString };
  }
  if (accountName === '') {
    throw new InvalidSettingError('REFLEX_STORAGE', 'expected a connection string, or REFLEX_STORAGE__accountName');
  }
  return { accountName };
}

/**
 * Reads where gate documents lie and what signs them, for whoever moves gates without the app.
 *
 * @throws InvalidSettingError if the stores are no JSON object.
 */
export function readGateAccess(environment: Readonly<Record<string, string | undefined>>): {
  readonly accounts: readonly string[];
  readonly key: string;
} {
  const stores = Environment.shape.REFLEX_GATE_STORES.safeParse(environment['REFLEX_GATE_STORES']);
  if (!stores.success) {
    throw new InvalidSettingError('REFLEX_GATE_STORES', stores.error.issues[0]?.message ?? 'not valid');
  }
  return { accounts: Object.values(stores.data).map(accountIn), key: environment['REFLEX_GATE_KEY'] ?? '' };
}

/**
 * Reads app settings. Called at the first invocation, never at import time: one entry point that throws while it
 * loads blocks the whole app.
 *
 * @throws InvalidSettingError naming the first setting that is missing or malformed.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidSettingError(String(issue?.path[0] ?? ''), issue?.message ?? 'not valid', { cause: parsed.error });
  }
  const { data } = parsed;
  const stores = Object.entries(data.REFLEX_GATE_STORES);
  return {
    storage: readStorage(environment),
    fleet: data.REFLEX_FLEET,
    fleetRefreshMs: data.REFLEX_FLEET_REFRESH_SECONDS * 1000,
    ceiling: data.REFLEX_CEILING,
    github: {
      appId: data.REFLEX_GITHUB_APP_ID,
      appKey: data.REFLEX_GITHUB_APP_KEY.replaceAll('\\n', '\n'),
      apiUrl: data.REFLEX_GITHUB_URL,
      throttle: data.REFLEX_GITHUB_THROTTLE === 'on',
    },
    registryEndpoints: data.REFLEX_REGISTRY_ENDPOINTS,
    registryLogins: data.REFLEX_REGISTRY_LOGINS,
    sigstoreRoot: data.REFLEX_SIGSTORE_ROOT,
    recordUrl: data.REFLEX_RECORD_URL,
    region: data.REFLEX_REGION.toLowerCase(),
    cells: words(data.REFLEX_CELLS),
    arm: { url: data.REFLEX_ARM_URL.replace(/\/$/, ''), metricLagMs: data.REFLEX_METRIC_LAG_SECONDS * 1000 },
    logs: { url: data.REFLEX_LOGS_URL.replace(/\/$/, '') },
    gates: {
      stores: Object.fromEntries(stores.map(([name, where]) => [name, accountIn(where)])),
      accountIds: Object.fromEntries(stores.filter(([, where]) => accountIn(where) !== where)),
      key: data.REFLEX_GATE_KEY.replaceAll('\\n', '\n'),
      publicKeys: Object.values(data.REFLEX_GATE_PUBLIC_KEYS),
    },
    pagers: Object.entries(data.REFLEX_PAGERS).map(([name, pager]) => ({ name, ...pager })),
    channels: Object.entries(data.REFLEX_NOTIFY).map(([name, channel]) => ({ name, ...channel })),
    escalateAfterMs: data.REFLEX_ESCALATE_MINUTES * 60_000,
    retentionMs: data.REFLEX_RETENTION_DAYS * 86_400_000,
    heartbeatUrl: data.REFLEX_HEARTBEAT_URL,
    entra: {
      tenantId: data.REFLEX_TENANT_ID.toLowerCase(),
      clientId: data.REFLEX_CLIENT_ID.toLowerCase(),
      apiUri: data.REFLEX_API_URI === '' ? `api://${data.REFLEX_CLIENT_ID.toLowerCase()}` : data.REFLEX_API_URI,
      clientAppId: data.REFLEX_CLIENT_APP_ID.toLowerCase(),
      authority: data.REFLEX_AUTHORITY.replace(/\/$/, ''),
      alertSenders: words(data.REFLEX_ALERT_SENDERS),
    },
  };
}

/** Storage that is named by its ARM id is reached by its name, as any other. */
function accountIn(where: string): string {
  return parseResourceId(where)?.name ?? where;
}

/** Lower-case words, separated by blanks or commas. */
function words(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
}
