import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Every minute: looks at every edge of the fleet with all evidence, so that a lost alert costs one tick. */
export async function regionTick(): Promise<void> {
  await reflex().tickRegions();
}

app.timer('region-tick', { schedule: '30 * * * * *', handler: regionTick });
