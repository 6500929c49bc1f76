import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';

let credential: TokenCredential | undefined;

/** The app's own identity: managed in Azure, the developer's on a laptop. Kept, because it caches tokens. */
export function entraCredential(): TokenCredential {
  credential ??= new DefaultAzureCredential();
  return credential;
}
