import * as z from 'zod';

import { ArmId, Duration, Name, Percent, text } from './scalars.ts';

/** As measurements name it: labels filled in, without the type of a Traffic Manager endpoint. */
export const OriginKey = text({
  expected: 'the name of an origin of this edge, such as origin-weu',
  pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]{0,258}[A-Za-z0-9])?$/,
  examples: ['origin-weu'],
});

const ProbeUrl = text({
  expected: 'a URL with https, or with http on this machine, without user or fragment',
  pattern: /^(https:\/\/|http:\/\/(127[.]0[.]0[.]1|localhost|\[::1\])([:/]|$))[^\s#]+$/,
  test: (value) => {
    const url = URL.parse(value);
    return url !== null && url.username === '' && url.password === '';
  },
  examples: ['https://shop.contoso.com/healthz'],
});

/** A source has 10 s in all. */
const Timeout = text({ expected: 'seconds from 1s to 9s', pattern: /^[1-9]s$/, examples: ['5s'] });

/** The service itself takes far more; it is text for people to read. */
const MAX_QUERY = 10_000;
const queryError = `expected a KQL query of ${MAX_QUERY} characters at most`;

const LogQuery = z.strictObject({
  name: Name.meta({ description: 'its votes are those of the source logs:NAME' }),
  workspace: text({
    expected: 'the id of a Log Analytics workspace, a GUID',
    pattern: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
    examples: ['00000000-0000-4000-8000-0000000000b1'],
  }),
  query: z
    .string({ error: queryError })
    .min(1, { error: queryError })
    .max(MAX_QUERY, { error: queryError })
    .meta({ description: 'KQL: rows with region and errorRate, p95Ms or bad, and perhaps requests' }),
  every: Duration.optional().meta({ description: 'how often it is asked; absent: at each look' }),
});

const Clusters = z.strictObject({
  minReadyNodes: Percent.default('60%').meta({ description: 'smallest share of ready nodes that is well' }),
  minReadyPods: Percent.default('80%').meta({ description: 'smallest share of ready pods that is well' }),
});

const Synthetic = z.strictObject({
  url: ProbeUrl.optional().meta({
    description: 'through the public host; the header x-reflex-region names the region',
  }),
  origins: z.record(OriginKey, ProbeUrl).default({}).meta({ description: 'origin name to a URL of its own host' }),
  timeout: Timeout.default('5s'),
});

/** Sources of votes beside the edge's own measurements. */
export const Evidence = z.strictObject({
  appGateways: z
    .record(OriginKey, ArmId('Microsoft.Network/applicationGateways', 'Microsoft.Network/applicationGateways/shop-weu'))
    .optional()
    .meta({ description: 'origin name to the Application Gateway behind it' }),
  clusters: Clusters.optional().meta({ description: 'metrics of the clusters behind the origins' }),
  logs: z.array(LogQuery).max(20).optional().meta({ description: 'Log Analytics queries' }),
  resourceHealth: z.boolean().default(false).meta({ description: 'what Azure knows of the clusters' }),
  synthetic: Synthetic.optional().meta({ description: 'probes of our own' }),
});
