import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Every 5 minutes: deletes some of the rows that are over and older than the retention. */
export async function retention(): Promise<void> {
  await reflex().prune();
}

app.timer('retention', { schedule: '45 */5 * * * *', handler: retention });
