import { CheckRunVerifier } from '../adapters/stage-verifiers/check-run.ts';
import { CommitStatusVerifier } from '../adapters/stage-verifiers/commit-status.ts';
import { HttpVerifier } from '../adapters/stage-verifiers/http.ts';
import { LogsVerifier } from '../adapters/log-analytics/stage-query.ts';
import { MetricVerifier } from '../adapters/azure-monitor/stage-metric.ts';
import type { Clock } from '../ports/clock.ts';
import type { StageVerifier } from '../ports/stage-verifier.ts';
import type { Settings } from '../settings.ts';
import { tokenReader } from './credential.ts';
import type { GitOpener } from './git-opener.ts';

export interface VerifierPorts extends Pick<GitOpener, 'checkRuns'> {
  readonly clock: Clock;
}

/** One verifier for each kind that a fleet file can name. */
export function openVerifiers({ arm, logs }: Settings, { clock, checkRuns }: VerifierPorts): readonly StageVerifier[] {
  return [
    new CommitStatusVerifier(),
    new CheckRunVerifier(checkRuns),
    new HttpVerifier({ clock }),
    new MetricVerifier({ clock, lagMs: arm.metricLagMs, endpoint: arm.url, armToken: tokenReader(arm.url) }),
    new LogsVerifier({ clock, endpoint: logs.url, logToken: tokenReader(logs.url) }),
  ] as readonly StageVerifier[];
}
