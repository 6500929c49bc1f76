import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Every minute: looks at every branch of the fleet, so that a lost message or a dead writer costs one tick. */
export async function branchTick(): Promise<void> {
  await reflex().tick();
}

app.timer('branch-tick', { schedule: '0 * * * * *', handler: branchTick });
