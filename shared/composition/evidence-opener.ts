import { AppGatewayEvidence } from '../adapters/azure-monitor/app-gateway.ts';
import { ClusterHealthEvidence } from '../adapters/azure-monitor/cluster-health.ts';
import { LogAnalyticsDataTier } from '../adapters/log-analytics/data-tier.ts';
import { LogAnalyticsEvidence } from '../adapters/log-analytics/query.ts';
import { LogAnalyticsStepEvidence } from '../adapters/log-analytics/step-evidence.ts';
import { ResourceHealthEvidence } from '../adapters/resource-health/availability.ts';
import { ServiceHealthEvidence } from '../adapters/resource-health/service-issues.ts';
import { SyntheticProbe } from '../adapters/synthetic-probe/probe.ts';
import { parseRegion } from '../domain/azure/regions.ts';
import type { Clock } from '../ports/clock.ts';
import type { DataTier } from '../ports/data-tier.ts';
import type { EvidenceSource } from '../ports/evidence-source.ts';
import type { Log } from '../ports/log.ts';
import type { StepEvidence } from '../ports/step-evidence.ts';
import type { Settings } from '../settings.ts';
import { tokenReader } from './credential.ts';

export interface EvidencePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Instead of the real network. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Every source of votes beside the edges' own measurements; an edge's settings say which of them it is asked about. */
export function openEvidence({ arm, logs, region }: Settings, ports: EvidencePorts): readonly EvidenceSource[] {
  const armOptions = { ...ports, endpoint: arm.url, armToken: tokenReader(arm.url) };
  const metrics = { ...armOptions, lagMs: arm.metricLagMs };
  const own = region === '' ? {} : { takenIn: parseRegion(region) ?? region };
  return [
    new AppGatewayEvidence(metrics),
    new ClusterHealthEvidence(metrics),
    new ResourceHealthEvidence(armOptions),
    new ServiceHealthEvidence(armOptions),
    new LogAnalyticsEvidence({
      ...ports,
      endpoint: logs.url,
      logToken: tokenReader(logs.url),
    }),
    new SyntheticProbe({ ...ports, ...own }),
  ];
}

/** Who is asked how the data behind an edge is. */
export function openDataTier({ logs }: Settings, ports: EvidencePorts): DataTier {
  return new LogAnalyticsDataTier({ ...ports, endpoint: logs.url, logToken: tokenReader(logs.url) });
}

/** Who is asked whether a step of people's shows. */
export function openStepEvidence({ logs }: Settings, ports: EvidencePorts): StepEvidence {
  return new LogAnalyticsStepEvidence({ ...ports, endpoint: logs.url, logToken: tokenReader(logs.url) });
}
