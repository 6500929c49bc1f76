import { QueueClient } from '@azure/storage-queue';

import type { EventSubscription } from '../event-grid/subscription.ts';
import type { EventRoute } from '../options.ts';
import type { StartedHost } from './functions-app.ts';

/** How the registries' events reach the app: the webhook in either schema, or its queue directly. */
export function subscriptionFor(route: EventRoute, { url, keys }: StartedHost, storage: string): EventSubscription {
  const webhook = `${url}/runtime/webhooks/eventgrid?functionName=event-grid&code=${keys.eventGrid}`;
  const name = 'reflex';
  switch (route) {
    case 'webhook':
      return { name, schema: 'EventGridSchema', destination: { kind: 'webhook', url: webhook } };
    case 'cloud-events':
      return { name, schema: 'CloudEventSchemaV1_0', destination: { kind: 'webhook', url: webhook } };
    case 'queue':
      return { name, schema: 'CloudEventSchemaV1_0', destination: { kind: 'queue', send: sender(storage) } };
  }
}

/** Event Grid writes base64, as the queue trigger expects, and does not create the queue. */
function sender(storage: string): (text: string) => Promise<void> {
  const queue = new QueueClient(storage, 'signals');
  let created: Promise<unknown> | undefined;
  return async (text) => {
    created ??= queue.createIfNotExists();
    await created;
    await queue.sendMessage(Buffer.from(text).toString('base64'));
  };
}
