import { z } from 'zod';

import { armPath, name, optional, present } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';

const VALIDATION = 'Microsoft.EventGrid.SubscriptionValidationEvent';
const DELETED = 'Microsoft.EventGrid.SubscriptionDeletedEvent';

/** What Event Grid says about its own subscriptions. */
export type SubscriptionBody =
  | SignalBodyOf<'event-grid', typeof VALIDATION, { readonly validationCode: string }>
  | SignalBodyOf<'event-grid', typeof DELETED, { readonly eventSubscriptionId?: string }>;

/**
 * The address is checked and then dropped: the handshake is answered with the code, and nobody ever calls the address.
 * One that is not Event Grid's own shows a forged event.
 */
const validationUrl = z
  .string()
  .regex(
    /^https:\/\/(?:[a-z0-9-]+\.)+eventgrid\.azure\.(?:net|us|cn)(?::\d{1,5})?\/[^\p{Cc}\\]*$/iu,
    'is not an address of Event Grid',
  );
const validation = z.object({ validationCode: name, validationUrl: optional(validationUrl) });
const deleted = z.object({ eventSubscriptionId: optional(armPath) });

export const SUBSCRIPTION_EVENTS: readonly EventEntry<SubscriptionBody>[] = [
  [
    VALIDATION,
    (data) =>
      bodyOf(read(validation, data, 'data'), ({ validationCode }) => ({
        family: 'event-grid',
        type: VALIDATION,
        data: { validationCode },
      })),
  ],
  [
    DELETED,
    (data) =>
      bodyOf(read(deleted, data, 'data'), (value) => ({ family: 'event-grid', type: DELETED, data: present(value) })),
  ],
];
