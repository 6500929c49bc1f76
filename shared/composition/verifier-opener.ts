import { CheckRunVerifier } from '../adapters/stage-verifiers/check-run.ts';
import { CommitStatusVerifier } from '../adapters/stage-verifiers/commit-status.ts';
import { HttpVerifier } from '../adapters/stage-verifiers/http.ts';
import { LogsVerifier } from '../adapters/log-analytics/stage-query.ts';
import { MetricVerifier } from '../adapters/azure-monitor/stage-metric.ts';
import { WorkflowVerifier } from '../adapters/stage-verifiers/workflow.ts';
import type { Clock } from '../ports/clock.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { StageVerifier } from '../ports/stage-verifier.ts';
import { isStopped } from '../reconcile/guards/kill-switch.ts';
import type { Settings } from '../settings.ts';
import { tokenReader } from './credential.ts';
import type { GitOpener } from './git-opener.ts';

export interface VerifierPorts extends Pick<GitOpener, 'checkRuns' | 'workflows'> {
  readonly clock: Clock;
  readonly rows: RowStore;
  /** Puts something around a port. */
  readonly wrap: <Port extends object>(name: string, port: Port) => Port;
}

/** One verifier for each kind that a fleet file can name. */
export function openVerifiers(
  { arm, logs }: Settings,
  { clock, rows, wrap, checkRuns, workflows }: VerifierPorts,
): readonly StageVerifier[] {
  return [
    new CommitStatusVerifier(),
    new CheckRunVerifier(checkRuns),
    new WorkflowVerifier({
      clock,
      rows,
      open: async (host) => wrap('workflows', await workflows(host)),
      isStopped: async () => await isStopped(rows),
    }),
    new HttpVerifier({ clock }),
    new MetricVerifier({ clock, lagMs: arm.metricLagMs, endpoint: arm.url, armToken: tokenReader(arm.url) }),
    new LogsVerifier({ clock, endpoint: logs.url, logToken: tokenReader(logs.url) }),
  ] as readonly StageVerifier[];
}
