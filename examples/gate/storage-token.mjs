/** Bearer tokens for Blob Storage by AKS workload identity, so that no secret lies in the cluster. */
import { readFile } from 'node:fs/promises';

const { AbortSignal, URLSearchParams, fetch } = globalThis;

const ANSWER_WITHIN_MS = 2_000;
/** The first version that takes bearer tokens is 2017-11-09; without the header the service takes none. */
const STORAGE_VERSION = '2021-12-02';
/** What the workload identity webhook sets on a pod. */
const NEEDS = ['AZURE_AUTHORITY_HOST', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'];

/**
 * @param env - with `NEEDS`.
 * @returns a function that gives the headers of one read. It throws while there is no token, and asks for a new one
 *   when half of the old one's time is over: a token that is still good outlives an issuer that is down.
 * @throws Error if the pod has no workload identity.
 */
export function workloadIdentity(env) {
  const missing = NEEDS.find((name) => !env[name]);
  if (missing !== undefined) {
    throw new Error(`${missing} must be set by workload identity; see examples/gate/README.md`);
  }
  let token = { value: undefined, renewAt: 0, expires: 0 };
  return async () => {
    if (Date.now() >= token.renewAt) {
      try {
        token = await askFor(env);
      } catch (error) {
        if (Date.now() >= token.expires) {
          throw error;
        }
      }
    }
    return { authorization: `Bearer ${token.value}`, 'x-ms-version': STORAGE_VERSION };
  };
}

async function askFor(env) {
  const body = new URLSearchParams({
    client_id: env.AZURE_CLIENT_ID,
    scope: 'https://storage.azure.com/.default',
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await readFile(env.AZURE_FEDERATED_TOKEN_FILE, 'utf8'),
  });
  const authority = env.AZURE_AUTHORITY_HOST.replace(/\/$/, '');
  const url = `${authority}/${env.AZURE_TENANT_ID}/oauth2/v2.0/token`;
  const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) {
    throw new Error(`no token: HTTP ${response.status}`);
  }
  const { access_token: value, expires_in: seconds } = await response.json();
  return { value, renewAt: Date.now() + seconds * 500, expires: Date.now() + seconds * 1000 };
}
