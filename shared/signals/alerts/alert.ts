/** Which kind of alert it is: decides how the alert's context is to be read. */
export type AlertType =
  | 'metric'
  | 'metric-dynamic'
  | 'availability-test'
  | 'log-v1'
  | 'log-v2'
  | 'simple-log'
  | 'activity-log/administrative'
  | 'activity-log/policy'
  | 'activity-log/autoscale'
  | 'activity-log/security'
  | 'activity-log/recommendation'
  | 'service-health'
  | 'resource-health'
  | 'prometheus'
  | 'smart-detector'
  | 'budget';

/** The essentials of an alert in the common schema. Hints for a person and for what to read next, never facts. */
export interface AlertData {
  /** `Fired` for ever on activity-log kinds, also when the trouble is over: their context says so. */
  readonly monitorCondition: 'Fired' | 'Resolved';
  readonly monitoringService: string;
  readonly severity?: 'Sev0' | 'Sev1' | 'Sev2' | 'Sev3' | 'Sev4';
  readonly rule?: string;
  readonly ruleId?: string;
  /** ARM ids as written, 50 at most; none on budgets. */
  readonly targets: readonly string[];
  readonly firedAt: Date;
  readonly resolvedAt?: Date;
  readonly description?: string;
  readonly essentialsVersion?: string;
  /** False for a major version that did not exist when this was written: to be shown, not to be acted on. */
  readonly isVersionKnown: boolean;
}
