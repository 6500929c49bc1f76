import { InvalidSettingError } from '../errors.ts';

/** Where the root file lies. */
export type FleetLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'blob'; readonly name: string }
  | {
      readonly kind: 'github';
      readonly owner: string;
      readonly repo: string;
      readonly path: string;
      readonly branch: string;
    };

const LOCATION =
  /^(?:file:(?<path>.+)|blob:(?<name>.+)|github:(?<owner>[^/]+)\/(?<repo>[^/]+)\/(?<file>.+)@(?<branch>[^@]+))$/;

/**
 * Reads `file:PATH`, `blob:NAME` or `github:OWNER/REPO/PATH@BRANCH`.
 * @throws InvalidSettingError for anything else.
 */
export function parseFleetLocation(setting: string): FleetLocation {
  const { path, name, owner, repo, file, branch } = LOCATION.exec(setting)?.groups ?? {};
  if (path !== undefined) {
    return { kind: 'file', path };
  }
  if (name !== undefined) {
    return { kind: 'blob', name };
  }
  if (owner !== undefined && repo !== undefined && file !== undefined && branch !== undefined) {
    return { kind: 'github', owner, repo, path: file, branch };
  }
  throw new InvalidSettingError('REFLEX_FLEET', 'expected file:PATH, blob:NAME or github:OWNER/REPO/PATH@BRANCH');
}
