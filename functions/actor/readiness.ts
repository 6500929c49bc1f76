import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Every 30 minutes: whether each edge has what a failover would need, so that it is not found out during one. */
export async function readiness(): Promise<void> {
  await reflex().checkReady();
}

app.timer('readiness', { schedule: '0 */30 * * * *', handler: readiness });
