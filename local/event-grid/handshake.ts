import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { EventSchema } from './subscription.ts';

const ORIGIN = 'eventgrid.azure.net';

/**
 * Asks a webhook whether it wants events: by a validation event that it must echo, or the CloudEvents way by OPTIONS.
 * @throws Error if it does not.
 * @see https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
 */
export async function shakeHands(
  { url, schema }: { readonly url: string; readonly schema: EventSchema },
  { fetch, clock, random }: { readonly fetch: typeof globalThis.fetch; readonly clock: Clock; readonly random: Random },
): Promise<void> {
  if (schema === 'CloudEventSchemaV1_0') {
    const answer = await fetch(url, { method: 'OPTIONS', headers: { 'webhook-request-origin': ORIGIN } });
    const allowed = answer.headers.get('webhook-allowed-origin');
    refuseUnless(
      answer.ok && (allowed === ORIGIN || allowed === '*'),
      `${answer.status}, allowed origin ${allowed ?? 'none'}`,
    );
    return;
  }
  const validationCode = random.uuid();
  const event = {
    id: random.uuid(),
    topic: '',
    subject: '',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: clock.now().toISOString(),
    data: { validationCode },
    dataVersion: '2',
    metadataVersion: '1',
  };
  const headers = { 'content-type': 'application/json; charset=utf-8', 'aeg-event-type': 'SubscriptionValidation' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify([event]) });
  const { validationResponse } = (await answer.json().catch(() => ({}))) as { validationResponse?: unknown };
  refuseUnless(answer.status === 200 && validationResponse === validationCode, `${answer.status} without the code`);
}

function refuseUnless(isWilling: boolean, answer: string): void {
  if (!isWilling) {
    throw new Error(`the webhook did not take the subscription: it answered ${answer}`);
  }
}
