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

/** Whether there is trouble now; `unknown` is neither: it is no sign of health. */
export type AlertState = 'bad' | 'over' | 'unknown';

/** A dimension of the time series that an alert is about, or a label of a Prometheus rule. */
export interface Dimension {
  /** As written, 512 characters at most. */
  readonly name: string;
  /** As written, cut at 512 characters. */
  readonly value: string;
}

/** What a metric alert compared; in the metric's own unit. */
export interface Measured {
  readonly metric: string;
  readonly namespace?: string;
  /** Missing where there was no data, which is not 0. */
  readonly value?: number;
  /** Of a dynamic threshold the one that was computed. */
  readonly threshold?: number;
  /** `GreaterThan`, `LessThan`, ...: as written. */
  readonly operator?: string;
}

/** What the context of an alert says, whichever kind it is of. */
export interface AlertContext {
  readonly state: AlertState;
  /** A person stopped or changed the resource, our own automation included: no failure of the platform. */
  readonly causedByUser?: true;
  /** Regions that it speaks of, `westeurope`, as a table or the form of the name tells them; 100 at most. */
  readonly regions: readonly string[];
  /** It speaks of services that have no region, such as Front Door. */
  readonly isGlobal?: true;
  /** 50 at most. */
  readonly dimensions: readonly Dimension[];
  readonly measured?: Measured;
  /** Log Analytics workspace that the query of a log alert asks: a GUID in lower case. */
  readonly workspace?: string;
  /** Name of the web test that an availability test is; its target is the Application Insights component. */
  readonly webTest?: string;
  /**
   * What the occasion is called in each message about it: the tracking id of a service incident, the alert id of a
   * metric alert. Where its sender left that out, the alert id and the time, so that no two occasions become one.
   */
  readonly incident: string;
  /** Custom properties of the rule, 50 at most: hints where to route it, for anybody who may write a rule sets them. */
  readonly properties: Readonly<Record<string, string>>;
  /** Paths of what was left out because it was malformed, unlisted or too much; 50 at most. */
  readonly odd: readonly string[];
}

/** An alert in the common schema. Hints for a person and for what to read next, never facts. */
export interface AlertData extends AlertContext {
  /** `Fired` for ever on activity-log kinds, also when the trouble is over: `state` says so. */
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
