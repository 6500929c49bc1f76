import { AcrImageArtifacts } from '../adapters/acr/image-artifacts.ts';
import { AcrImageRegistry } from '../adapters/acr/image-registry.ts';
import type { RegistryCredential } from '../adapters/acr/registry-auth.ts';
import type { RegistrySessionOptions } from '../adapters/acr/registry-session.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImageArtifacts } from '../ports/image-artifacts.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { Settings } from '../settings.ts';
import { entraCredential } from './credential.ts';

/** Scope of the token that Azure Container Registry exchanges. https://learn.microsoft.com/azure/container-registry/container-registry-disable-authentication-as-arm */
const ACR_SCOPE = 'https://containerregistry.azure.net/.default';

/** Opens registries by login server, each once, so that their tokens are kept. */
export function registryOpener(settings: Settings, clock: Clock): (loginServer: string) => ImageRegistry {
  return onceEach((loginServer) => new AcrImageRegistry(sessionOptions(settings, clock, loginServer)));
}

/** The same registries, for what lies beside their images. */
export function artifactsOpener(settings: Settings, clock: Clock): (loginServer: string) => ImageArtifacts {
  return onceEach((loginServer) => new AcrImageArtifacts(sessionOptions(settings, clock, loginServer)));
}

function onceEach<Opened>(open: (loginServer: string) => Opened): (loginServer: string) => Opened {
  const opened = new Map<string, Opened>();
  return (loginServer) => {
    const one = opened.get(loginServer) ?? open(loginServer);
    opened.set(loginServer, one);
    return one;
  };
}

function sessionOptions(settings: Settings, clock: Clock, loginServer: string): RegistrySessionOptions {
  const endpoint = settings.registryEndpoints[loginServer];
  return {
    host: loginServer,
    credential: credentialOf(settings, loginServer),
    clock,
    // eslint-disable-next-line no-restricted-globals -- composition is where the network comes in
    fetch: (request) => fetch(request),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function credentialOf({ registryLogins }: Settings, loginServer: string): RegistryCredential {
  const login = registryLogins[loginServer];
  return login === undefined
    ? { kind: 'entra', entraToken: async () => (await entraCredential().getToken(ACR_SCOPE))?.token ?? '' }
    : { kind: 'basic', ...login };
}
