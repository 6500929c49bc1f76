import type { PermissionSet } from '../../domain/azure/permissions.ts';
import type { Permissions } from '../../ports/permissions.ts';

/** Permissions in memory: everywhere everything may be done, but for what was taken away. */
export class InMemoryPermissions implements Permissions {
  readonly #taken: { readonly scope: string; readonly action: string }[] = [];
  readonly #refused = new Map<string, Error>();

  async read(resource: string): Promise<readonly PermissionSet[]> {
    await Promise.resolve();
    const id = resource.toLowerCase();
    const error = this.#refused.get(id);
    if (error !== undefined) {
      throw error;
    }
    const taken = this.#taken.filter(({ scope }) => `${id}/`.startsWith(`${scope}/`)).map(({ action }) => action);
    return [{ actions: ['*'], notActions: taken, dataActions: ['*'], notDataActions: taken }];
  }

  /** An action is no longer allowed on a resource and what is below it. */
  take(scope: string, action: string): void {
    this.#taken.push({ scope: scope.toLowerCase(), action });
  }

  /** Questions about a resource are answered so from now on. */
  refuse(resource: string, error: Error): void {
    this.#refused.set(resource.toLowerCase(), error);
  }
}
