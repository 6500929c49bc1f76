import { describe, expect, it } from 'vitest';

import { decisionOf, type EdgeDecision } from '../../../../shared/domain/traffic/answers.ts';

/** The reasons of test/cases, and our own beside them, each under the one decision that it stands for. */
const TABLE: Readonly<Partial<Record<EdgeDecision, readonly string[]>>> = {
  refuse: [
    'approval-expired',
    'approval-mismatch',
    'declined',
    'blocked-date',
    'blocking-alarm',
    'config-error:unknown-region',
    'config-error:no-gate',
    'contradicts-pin',
    'gate-off',
    'kill-switch',
    'insufficient-capacity',
    'last-enabled',
    'last-healthy',
    'max-drain-fraction',
    'nearest-region-overload',
    'no-snapshot',
    'non-overridable:last-healthy',
    'replication-lag 90s > rpo 30s',
    'refused-by-service',
    'safety-rule:atleast-2',
    'state-changed',
    'target-unhealthy',
    'weights-ineffective',
  ],
  hold: [
    'clock-skew',
    'cooldown',
    'damped',
    'drift',
    'inconclusive:requests 3/100',
    'min-hold',
    'no-external-vote',
    'not-regional',
    'quorum 1/2',
    'recover-hold',
    'settling',
    'steered',
    'target-health-unknown',
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
    'severity',
    'stale',
    'unknown-region',
  ],
  noop: ['already-drained', 'native-priority-failover', 'verified'],
  failstatic: ['correlated-failure', 'no-data', 'no-healthy-target'],
  escalate: ['authorization', 'control-plane-unavailable', 'not-effective'],
  'needs-human': ['data-step-waits', 'way-back-failed'],
  rollback: ['data-step-failed'],
  'pending-approval': ['plan-changed', 'self-approval', 'approvals 1/2'],
};

describe('a reason', () => {
  const rows = Object.entries(TABLE).flatMap(([decision, reasons]) => reasons.map((reason) => [reason, decision]));

  it.each(rows)('%s stands for %s', (reason, decision) => {
    expect(decisionOf(reason)).toBe(decision);
  });

  it.each(['', 'quorum', 'approvals', 'stale-ish', 'never heard of'])(
    '"%s" that nobody knows calls a person',
    (text) => {
      expect(decisionOf(text)).toBe('escalate');
    },
  );
});
