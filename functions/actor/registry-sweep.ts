import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Every five minutes: reads some of the fleet's repositories, so that a push whose event was lost is found. */
export async function registrySweep(): Promise<void> {
  await reflex().sweepRegistries();
}

app.timer('registry-sweep', { schedule: '45 */5 * * * *', handler: registrySweep });
