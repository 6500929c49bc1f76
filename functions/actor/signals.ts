import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Queue `signals`: events that intake stored or Event Grid put there itself, and wake messages of our own. */
export async function signals(message: unknown): Promise<void> {
  await reflex().handle(message);
}

app.storageQueue('signals', { queueName: 'signals', connection: 'REFLEX_STORAGE', handler: signals });
