import { app } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';
import { boundedJson } from '../../shared/pipeline/bounded-json.ts';

/** Event Grid webhook: stores each event on the `signals` queue; a failed write fails the delivery, so it is repeated. */
export async function eventGrid(event: unknown): Promise<void> {
  await reflex().receive(boundedJson(event), 'event-grid-webhook');
}

app.eventGrid<unknown>('event-grid', { handler: eventGrid });
