import type { Endpoints } from '../endpoints.ts';
import { LocalEntra, type DemoUser } from '../entra/local-entra.ts';
import { serve } from '../http/serve.ts';
import { secret, type Site } from './site.ts';

const TENANT = '00000000-0000-4000-8000-0000000000aa';
const AUDIENCE = '00000000-0000-4000-8000-0000000000bb';
/** The application that Azure Monitor's action groups use. */
const ACTION_GROUPS = '461e8683-5575-4561-ac7f-899cc907d62a';
/** Our own client, for which people get their tokens. */
const CLIENT = { appId: '00000000-0000-4000-8000-0000000000cc', scope: 'reflex.act' };
/** The group that the example fleet names as the shop team's approvers. */
const SHOP_APPROVERS = '00000000-0000-4000-8000-0000000000a1';

const PEOPLE: readonly Omit<DemoUser, 'password'>[] = [
  { username: 'alice', objectId: '00000000-0000-4000-8000-00000000a11c', roles: ['Operator'], groups: [] },
  { username: 'bob', objectId: '00000000-0000-4000-8000-000000000b0b', roles: ['Approver'], groups: [SHOP_APPROVERS] },
  {
    username: 'carol',
    objectId: '00000000-0000-4000-8000-00000000ca01',
    roles: ['Approver'],
    groups: [SHOP_APPROVERS],
  },
  { username: 'rita', objectId: '00000000-0000-4000-8000-000000000417', roles: ['Reader'], groups: [] },
];

/** Serves the tenant with Azure Monitor's action groups, which may send alerts, and with named demo users. */
export async function startEntra({ clock, random, port, onStop }: Site): Promise<Endpoints['entra']> {
  const app = { appId: ACTION_GROUPS, secret: secret(), roles: ['ActionGroupsSecureWebhook'] };
  const users = PEOPLE.map((person) => ({ ...person, password: secret() }));
  const forgerSecret = secret();
  const tenant = { tenantId: TENANT, audience: AUDIENCE, apps: [app], client: CLIENT, users, forgerSecret };
  const entra = new LocalEntra({ ...tenant, clock, random });
  const served = await serve(entra.handler, port());
  onStop(() => served.close());
  return {
    url: served.url,
    tenantId: TENANT,
    audience: AUDIENCE,
    apps: { actionGroups: { appId: app.appId, secret: app.secret } },
    client: CLIENT,
    forgerSecret,
    users: Object.fromEntries(
      users.map(({ username, password, objectId, roles }) => [username, { password, objectId, roles }]),
    ),
  };
}
