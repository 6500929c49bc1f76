import type { Endpoints } from '../endpoints.ts';
import { LocalEntra } from '../entra/local-entra.ts';
import { serve } from '../http/serve.ts';
import { secret, type Site } from './site.ts';

const TENANT = '00000000-0000-4000-8000-0000000000aa';
const AUDIENCE = '00000000-0000-4000-8000-0000000000bb';
/** The application that Azure Monitor's action groups use. */
const ACTION_GROUPS = '461e8683-5575-4561-ac7f-899cc907d62a';

/** Serves the tenant with one application: Azure Monitor's action groups, which may send alerts. */
export async function startEntra({ clock, random, port, onStop }: Site): Promise<Endpoints['entra']> {
  const app = { appId: ACTION_GROUPS, secret: secret(), roles: ['ActionGroupsSecureWebhook'] };
  const entra = new LocalEntra({ tenantId: TENANT, audience: AUDIENCE, apps: [app], clock, random });
  const served = await serve(entra.handler, port());
  onStop(() => served.close());
  return {
    url: served.url,
    tenantId: TENANT,
    audience: AUDIENCE,
    apps: { actionGroups: { appId: app.appId, secret: app.secret } },
  };
}
