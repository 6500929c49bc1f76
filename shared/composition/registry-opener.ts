import { AcrImageRegistry } from '../adapters/acr/image-registry.ts';
import type { RegistryCredential } from '../adapters/acr/registry-auth.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { Settings } from '../settings.ts';
import { entraCredential } from './credential.ts';

/** Scope of the token that Azure Container Registry exchanges. https://learn.microsoft.com/azure/container-registry/container-registry-disable-authentication-as-arm */
const ACR_SCOPE = 'https://containerregistry.azure.net/.default';

/** Opens registries by login server, each once, so that their tokens are kept. */
export function registryOpener(settings: Settings, clock: Clock): (loginServer: string) => ImageRegistry {
  const opened = new Map<string, ImageRegistry>();
  return (loginServer) => {
    const known = opened.get(loginServer);
    if (known !== undefined) {
      return known;
    }
    const endpoint = settings.registryEndpoints[loginServer];
    const registry = new AcrImageRegistry({
      host: loginServer,
      credential: credentialOf(settings, loginServer),
      clock,
      // eslint-disable-next-line no-restricted-globals -- composition is where the network comes in
      fetch: (request) => fetch(request),
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    opened.set(loginServer, registry);
    return registry;
  };
}

function credentialOf({ registryLogins }: Settings, loginServer: string): RegistryCredential {
  const login = registryLogins[loginServer];
  return login === undefined
    ? { kind: 'entra', entraToken: async () => (await entraCredential().getToken(ACR_SCOPE))?.token ?? '' }
    : { kind: 'basic', ...login };
}
