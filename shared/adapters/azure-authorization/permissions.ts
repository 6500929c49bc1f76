import * as z from 'zod';

import type { PermissionSet } from '../../domain/azure/permissions.ts';
import type { Permissions } from '../../ports/permissions.ts';
import { ArmReader, type ArmReaderOptions } from '../arm-reader.ts';

/** https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource */
const API_VERSION = '2022-04-01';

const actions = z
  .array(z.string())
  .nullish()
  .transform((some) => some ?? []);

const page = z.object({
  value: z.array(z.object({ actions, notActions: actions, dataActions: actions, notDataActions: actions })),
  nextLink: z.string().nullish(),
});

/** Permissions as Azure Resource Manager tells them to whoever asks, about itself. */
export class ArmPermissions implements Permissions {
  readonly #arm: ArmReader;

  constructor(options: ArmReaderOptions) {
    this.#arm = new ArmReader(options);
  }

  async read(resource: string): Promise<readonly PermissionSet[]> {
    return await this.#arm.list('read permissions', {
      resource,
      path: '/providers/Microsoft.Authorization/permissions',
      query: { 'api-version': API_VERSION },
      shape: page,
    });
  }
}
