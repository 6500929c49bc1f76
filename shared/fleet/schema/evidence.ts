import * as z from 'zod';

import { ALL_ORIGINS } from '../../domain/traffic/evidence-settings.ts';
import { ArmId, Duration, HttpUrl, Kql, Name, Percent, ResourceArmId, text, WorkspaceId } from './scalars.ts';

const ORIGIN_KEY = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,258}[A-Za-z0-9])?$/;

/** As measurements name it: labels filled in, without the type of a Traffic Manager endpoint. */
export const OriginKey = text({
  expected: 'the name of an origin of this edge, such as origin-weu',
  pattern: ORIGIN_KEY,
  examples: ['origin-weu'],
});

const AlertSubject = text({
  expected: `the name of an origin of this edge, or ${ALL_ORIGINS} where the alert says which`,
  pattern: ORIGIN_KEY,
  examples: ['origin-weu', ALL_ORIGINS],
});

/** A source has 10 s in all. */
const Timeout = text({ expected: 'seconds from 1s to 9s', pattern: /^[1-9]s$/, examples: ['5s'] });

const LogQuery = z.strictObject({
  name: Name.meta({ description: 'its votes are those of the source logs:NAME' }),
  workspace: WorkspaceId,
  query: Kql.meta({ description: 'KQL: rows with region and errorRate, p95Ms or bad, and perhaps requests' }),
  every: Duration.optional().meta({ description: 'how often it is asked; absent: at each look' }),
});

const Clusters = z.strictObject({
  minReadyNodes: Percent.default('60%').meta({ description: 'smallest share of ready nodes that is well' }),
  minReadyPods: Percent.default('80%').meta({ description: 'smallest share of ready pods that is well' }),
});

const Synthetic = z.strictObject({
  url: HttpUrl.optional().meta({
    description: 'through the public host; the header x-reflex-region names the region',
  }),
  origins: z.record(OriginKey, HttpUrl).default({}).meta({ description: 'origin name to a URL of its own host' }),
  timeout: Timeout.default('5s'),
});

const ServiceHealth = z.strictObject({
  services: z
    .array(
      text({
        expected: 'the name of a service as Service Health writes it, such as Virtual Machines',
        pattern: /^\S.{0,98}\S$/,
        examples: ['Virtual Machines'],
      }),
    )
    .min(1)
    .max(50)
    .optional()
    .meta({ description: 'whose issues in a region count; absent: those of AKS, its machines and the network' }),
});

/** Sources of votes beside the edge's own measurements. */
export const Evidence = z.strictObject({
  alertResources: z
    .record(ResourceArmId, AlertSubject)
    .optional()
    .meta({ description: 'ARM id to the origin that alerts on it are about; all: the alerts say which' }),
  appGateways: z
    .record(OriginKey, ArmId('Microsoft.Network/applicationGateways', 'Microsoft.Network/applicationGateways/shop-weu'))
    .optional()
    .meta({ description: 'origin name to the Application Gateway behind it' }),
  clusters: Clusters.optional().meta({ description: 'metrics of the clusters behind the origins' }),
  logs: z.array(LogQuery).max(20).optional().meta({ description: 'Log Analytics queries' }),
  resourceHealth: z.boolean().default(false).meta({ description: 'what Azure knows of the clusters' }),
  serviceHealth: ServiceHealth.optional().meta({
    description: 'active issues that Azure tells the subscriptions of the clusters',
  }),
  synthetic: Synthetic.optional().meta({ description: 'probes of our own' }),
});
