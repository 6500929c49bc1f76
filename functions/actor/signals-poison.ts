import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Messages that failed again and again: parked with their bytes, so that nothing is lost in silence. */
export async function signalsPoison(message: unknown): Promise<void> {
  await reflex().park(message);
}

app.storageQueue('signals-poison', {
  queueName: 'signals-poison',
  connection: 'REFLEX_STORAGE',
  handler: signalsPoison,
});
