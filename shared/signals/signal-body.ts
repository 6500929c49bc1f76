/** Families of signals, each read by a file of its own. */
export type SignalFamily =
  | 'registry'
  | 'aks'
  | 'scheduled-events'
  | 'fleet-gates'
  | 'health-resources'
  | 'key-vault'
  | 'resources'
  | 'alert'
  | 'event-grid';

/** `type` is the event type in the spelling of Azure's filters, or the alert's kind; `data` holds checked fields only. */
export interface SignalBodyOf<Family extends SignalFamily, Type extends string, Data> {
  readonly family: Family;
  readonly type: Type;
  readonly data: Data;
}
