import { describe, expect, it } from 'vitest';

import { ArmPermissions } from '../../../../shared/adapters/azure-authorization/permissions.ts';

const GROUP =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/g/providers/microsoft.cdn/profiles/p/origingroups/apps';
const PATH = `https://management.azure.com${GROUP}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;

/** Answers by address. */
function permissions(answers: Readonly<Record<string, object | number>>): ArmPermissions {
  return new ArmPermissions({
    armToken: () => Promise.resolve('token'),
    fetch: ({ url }) => {
      const answer = answers[url] ?? 404;
      return Promise.resolve(
        typeof answer === 'number' ? new Response('{}', { status: answer }) : Response.json(answer),
      );
    },
  });
}

describe('what Azure Resource Manager tells of permissions', () => {
  it('are sets, one for each role, of all pages', async () => {
    const next = 'https://management.azure.com/next';
    const reader = { actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] };
    const found = permissions({
      [PATH]: { value: [{ ...reader, condition: null, conditionVersion: null }], nextLink: next },
      [next]: { value: [{ actions: ['Microsoft.Cdn/*'], notActions: ['*/delete'], notDataActions: null }] },
    });
    expect(await found.read(GROUP)).toEqual([
      reader,
      { actions: ['Microsoft.Cdn/*'], notActions: ['*/delete'], dataActions: [], notDataActions: [] },
    ]);
  });

  it('are none where the identity has no role', async () => {
    expect(await permissions({ [PATH]: { value: [] } }).read(GROUP)).toEqual([]);
  });

  it.each([
    [403, { code: 'REFLEX_UPSTREAM', status: 403 }],
    [404, { code: 'REFLEX_NOT_FOUND' }],
    [429, { code: 'REFLEX_RATE_LIMITED' }],
    [503, { code: 'REFLEX_UPSTREAM', status: 503 }],
  ])('are not known after %i', async (status, error) => {
    await expect(permissions({ [PATH]: status }).read(GROUP)).rejects.toMatchObject(error);
  });

  it('are not known from an answer of another shape', async () => {
    await expect(permissions({ [PATH]: { value: ['*'] } }).read(GROUP)).rejects.toMatchObject({ status: 502 });
  });
});
