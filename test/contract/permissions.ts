import { describe, expect, it } from 'vitest';

import { missingActions } from '../../shared/domain/azure/permissions.ts';
import type { Permissions } from '../../shared/ports/permissions.ts';

/** An identity that may do everything, and a way to take some of it away. */
export interface PermissionsUnderTest {
  readonly permissions: Permissions;
  readonly take: (scope: string, action: string) => void;
  /** Questions about a resource are refused with 403. */
  readonly refuse: (resource: string) => void;
}

const PROFILE =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Cdn/profiles/p';
const GROUP = `${PROFILE}/originGroups/apps`;
const NEEDED = {
  actions: ['Microsoft.Cdn/profiles/origingroups/read', 'Microsoft.Cdn/profiles/origingroups/origins/write'],
};
const [READ = '', WRITE = ''] = NEEDED.actions;

/** Every Permissions must pass this. */
export function describePermissions(name: string, open: () => PermissionsUnderTest): void {
  async function missing({ permissions }: PermissionsUnderTest, resource: string): Promise<readonly string[]> {
    return missingActions(NEEDED, await permissions.read(resource));
  }

  describe(`Permissions contract: ${name}`, () => {
    it('tells what may be done', async () => {
      expect(await missing(open(), GROUP)).toEqual([]);
    });

    it('tells what was taken away, on the resource itself and below it alone', async () => {
      const under = open();
      under.take(GROUP, WRITE);
      expect(await missing(under, GROUP)).toEqual([WRITE]);
      expect(await missing(under, `${GROUP}/origins/neu`.toLowerCase())).toEqual([WRITE]);
      expect(await missing(under, PROFILE)).toEqual([]);
      expect(await missing(under, `${GROUP}-b`)).toEqual([]);
      under.take(PROFILE, READ);
      expect(await missing(under, GROUP)).toEqual([READ, WRITE]);
    });

    it('says so where it may not even be asked', async () => {
      const under = open();
      under.refuse(GROUP);
      await expect(under.permissions.read(GROUP)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 403 });
      expect(await missing(under, PROFILE)).toEqual([]);
    });
  });
}
