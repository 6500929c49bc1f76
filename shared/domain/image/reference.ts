const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/;
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_HOSTS: readonly string[] = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

/** OCI repository name without host, 255 characters at most. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export function isRepository(text: string): boolean {
  return text.length <= 255 && REPOSITORY.test(text);
}

/** OCI tag grammar, `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`; the same source. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** `sha256:` and 64 lower-case hex digits: the only algorithm that Azure Container Registry writes. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** An image without tag and digest: `contoso.azurecr.io` and `shop/web`. */
export interface ImageName {
  /** Lower-case host with optional port. */
  readonly registry: string;
  readonly repository: string;
}

/** An image as Git or a user writes it. */
export interface ImageReference extends ImageName {
  readonly tag?: string;
  readonly digest?: string;
}

/** `host/repository` */
export function formatImageName({ registry, repository }: ImageName): string {
  return `${registry}/${repository}`;
}

/**
 * Reads `host/repository[:tag][@digest]`. The host must be spelt out (a dot, a port, or `localhost`): an image of a
 * fleet lives in a registry of the fleet, so Docker Hub's short names have no meaning here.
 *
 * @returns undefined if any part is outside its grammar.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const slash = text.indexOf('/');
  const registry = text.slice(0, Math.max(slash, 0)).toLowerCase();
  if (!HOST.test(registry) || !/[.:]|^localhost$/.test(registry)) {
    return undefined;
  }
  const [beforeDigest = '', digest, ...more] = text.slice(slash + 1).split('@');
  const [repository = '', tag, ...rest] = beforeDigest.split(':');
  if (more.length > 0 || rest.length > 0 || !isRepository(repository)) {
    return undefined;
  }
  if ((tag !== undefined && !isTag(tag)) || (digest !== undefined && !isDigest(digest))) {
    return undefined;
  }
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/**
 * Reads an image's name as Docker and Kustomize do: without a host it is Docker Hub's, and there without a path it is
 * in `library`. For text that others wrote; a fleet's own images are read by `parseImageReference`.
 *
 * @param text - without tag and digest.
 */
export function readImageName(text: string): ImageName {
  const slash = text.indexOf('/');
  const host = text.slice(0, Math.max(slash, 0)).toLowerCase();
  if (!/[.:]|^localhost$/.test(host)) {
    return { registry: DOCKER_HUB, repository: officialName(text) };
  }
  const path = text.slice(slash + 1);
  return DOCKER_HUB_HOSTS.includes(host)
    ? { registry: DOCKER_HUB, repository: officialName(path) }
    : { registry: host, repository: path };
}

function officialName(path: string): string {
  return path.includes('/') ? path : `library/${path}`;
}

/** A reference cut at its last colon and its `@`; no part is checked. */
export interface ReferenceParts {
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Cuts `name[:tag][@digest]`; a port's colon comes before the last slash. */
export function cutReference(text: string): ReferenceParts {
  const at = text.indexOf('@');
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.indexOf(':', beforeDigest.lastIndexOf('/') + 1);
  return {
    name: colon < 0 ? beforeDigest : beforeDigest.slice(0, colon),
    ...(colon < 0 ? {} : { tag: beforeDigest.slice(colon + 1) }),
    ...(at < 0 ? {} : { digest: text.slice(at + 1) }),
  };
}
