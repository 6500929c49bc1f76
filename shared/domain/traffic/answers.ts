/** How a report or a command about an edge was answered. */
export type EdgeDecision =
  | 'shift'
  | 'plan'
  | 'pending-approval'
  | 'restore'
  | 'rollback'
  | 'resume'
  | 'hold'
  | 'noop'
  | 'ignore'
  | 'refuse'
  | 'failstatic'
  | 'retry'
  | 'escalate'
  | 'needs-human';

/** Decisions that leave what was asked for undone until somebody does something else. */
export const REFUSING: readonly string[] = ['refuse', 'failstatic', 'escalate', 'needs-human'] satisfies EdgeDecision[];

/** Reasons by the decision that they stand for; one that ends with `*` is a beginning. */
export const REASONS: Readonly<Partial<Record<EdgeDecision, readonly string[]>>> = {
  refuse: [
    'above-baseline *',
    'action-budget',
    'approval-expired',
    'approval-mismatch',
    'declined',
    'blocked-date',
    'blocking-alarm',
    'config-error:*',
    'contradicts-pin',
    'freeze',
    'gate-off',
    'kill-switch',
    'loop-guard',
    'insufficient-capacity',
    'last-enabled',
    'last-healthy',
    'max-drain-fraction',
    'nearest-region-overload',
    'no-snapshot',
    'non-overridable:*',
    'outside-ceiling',
    'outside-window *',
    'replication-lag *',
    'refused-by-service',
    'safety-rule:*',
    'state-changed',
    'target-unhealthy',
    'targets-called-bad',
    'weights-ineffective',
  ],
  hold: [
    'behind-plan',
    'clock-skew',
    'cooldown',
    'damped',
    'drift',
    'held',
    'inconclusive:*',
    'min-hold',
    'no-external-vote',
    'not-regional',
    'own-region',
    'quorum *',
    'recover-hold',
    'removed-from-fleet',
    'retrying',
    'settling',
    'steered',
    'target-health-unknown',
    'waiting-for-nodes',
  ],
  ignore: [
    'already-resolved',
    'caused-by-user',
    'closed-incident',
    'did-not-persist',
    'out-of-scope',
    'pinned',
    'recovered',
    'says-nothing',
    'shadowed-by:*',
    'severity',
    'stale',
    'unknown-region',
  ],
  noop: ['already-drained', 'native-priority-failover', 'verified'],
  failstatic: ['correlated-failure', 'no-data', 'no-healthy-target'],
  escalate: ['authorization', 'control-plane-unavailable', 'nodes-late', 'not-effective', 'stuck'],
  'needs-human': [
    'data-step-waits',
    'data-step-waits unknown',
    'manual-step',
    'manual-step-late',
    'manual-step-skipped',
    'manual-step-waits',
    'way-back-failed',
  ],
  rollback: [
    'cancelled',
    'data-step-failed',
    'error-rate *',
    'manual-step-timeout',
    'operation-failed',
    'receiver-bad',
  ],
  'pending-approval': ['approver-removed', 'plan-changed', 'self-approval', 'approvals *'],
};

/** The decision that a reason stands for; nobody's reason is a person's matter. Pure. */
export function decisionOf(reason: string): EdgeDecision {
  const found = Object.entries(REASONS).find(([, reasons]) => reasons.some((known) => matchesReason(known, reason)));
  return (found?.[0] as EdgeDecision | undefined) ?? 'escalate';
}

/** True if it is one of the known reasons. Pure. */
export function isReason(reason: string): boolean {
  return Object.values(REASONS).some((reasons) => reasons.some((known) => matchesReason(known, reason)));
}

/** True for a reason of that name; one that ends with `*` is a beginning. Pure. */
export function matchesReason(known: string, reason: string): boolean {
  return known.endsWith('*') ? reason.startsWith(known.slice(0, -1)) : reason === known;
}
