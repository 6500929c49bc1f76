import type { PermissionSet } from '../domain/azure/permissions.ts';

/** What Azure lets our own identity do. */
export interface Permissions {
  /**
   * What the roles that it has at a resource, or above it, give there. Deny assignments, locks and the conditions of a
   * role are not told.
   * @param resource - ARM id.
   * @throws NotFoundError, RateLimitedError; UpstreamError, with status 403 if it may not even ask.
   */
  read(resource: string): Promise<readonly PermissionSet[]>;
}
