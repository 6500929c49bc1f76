import type { ResourceId } from '../domain/azure/resource-id.ts';
import type { AlertData, AlertType } from './alerts/alert.ts';
import type { AksBody } from './event-grid/aks.ts';
import type { FleetGateBody } from './event-grid/fleet-gates.ts';
import type { HealthBody } from './event-grid/health-resources.ts';
import type { KeyVaultBody } from './event-grid/key-vault.ts';
import type { RegistryBody } from './event-grid/registry.ts';
import type { ResourceChangeBody } from './event-grid/resources.ts';
import type { ScheduledEventBody } from './event-grid/scheduled-events.ts';
import type { SubscriptionBody } from './event-grid/subscriptions.ts';
import type { SignalBodyOf, SignalFamily } from './signal-body.ts';

/** What differs from family to family and from type to type. */
export type SignalBody =
  | RegistryBody
  | AksBody
  | ScheduledEventBody
  | FleetGateBody
  | HealthBody
  | KeyVaultBody
  | ResourceChangeBody
  | SignalBodyOf<'alert', AlertType, AlertData>
  | SubscriptionBody;

/** What every signal has, whichever way it came. */
export interface SignalHead {
  /** With `source` the identity: the same event has the same id in both schemas and in a dead letter. */
  readonly id: string;
  /** Topic or source as written; of an alert its alert id. */
  readonly source: string;
  /** The ARM resource or scope that sent it; of an alert the subscription. */
  readonly sourceId: ResourceId;
  readonly subject?: string;
  /** When it happened, by the sender's clock. */
  readonly time: Date;
  readonly schema: 'event-grid' | 'cloud-events' | 'common-alert';
}

/** One event or alert that can be worked with. It says what was claimed: who may claim it is `checkSender`'s question. */
export type Signal = SignalHead & SignalBody;

export type RejectionCode =
  /** The bytes are not UTF-8 or the text is not JSON. */
  | 'not-json'
  | 'too-large'
  | 'too-deep'
  | 'too-many-events'
  /** Neither an event nor an alert. */
  | 'not-an-event'
  /** Marked as more than one of Event Grid schema, CloudEvents and alert. */
  | 'ambiguous-schema'
  /** `metadataVersion` or `specversion` other than ours. */
  | 'unsupported-version'
  /** id, source, type, time or subject is missing or malformed. */
  | 'invalid-envelope'
  /** The part that belongs to the type is missing or malformed, or an identifier in it is outside its grammar. */
  | 'invalid-data';

/** What could be told of something that was not understood, as written (text cut at 512 characters). */
export interface Hints {
  readonly family?: SignalFamily;
  readonly type?: string;
  readonly source?: string;
  readonly id?: string;
}

/** Well formed, but a type or value that nobody listed: ignored and counted. */
export type UnknownSignal = Hints & { readonly outcome: 'unknown'; readonly reason: string };

/** Malformed or hostile: parked. */
export type RejectedSignal = Hints & {
  readonly outcome: 'rejected';
  readonly code: RejectionCode;
  readonly reason: string;
};

/** What became of one event of a body. */
export type Decoded = { readonly outcome: 'known'; readonly signal: Signal } | UnknownSignal | RejectedSignal;
