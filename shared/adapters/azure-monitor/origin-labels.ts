import * as z from 'zod';

import { hostLabels } from '../../domain/traffic/named-origins.ts';
import type { ArmReader } from '../arm-reader.ts';

/** https://learn.microsoft.com/rest/api/frontdoor/azurefrontdoorstandardpremium/afd-origins/list-by-origin-group */
const API_VERSION = '2024-02-01';

const origins = z.object({
  value: z.array(
    z.object({
      id: z.string(),
      properties: z.object({
        hostName: z.string(),
        httpPort: z.int().nullish(),
        httpsPort: z.int().nullish(),
      }),
    }),
  ),
  nextLink: z.string().nullish(),
});

export type OriginLabels = ReadonlyMap<string, readonly string[]>;

/**
 * Ids of a group's origins by what the metrics may call them, all in lower case; more than one where that is not clear.
 *
 * The `Origin` dimension is `{hostName}:{port}` and not the resource's name; a host without a port is taken as well.
 * @param group - ARM id of the origin group.
 * @throws NotFoundError, RateLimitedError, UpstreamError.
 */
export async function readOriginLabels(arm: ArmReader, group: string): Promise<OriginLabels> {
  const found = await arm.list('list origins', {
    resource: group,
    path: '/origins',
    query: { 'api-version': API_VERSION },
    shape: origins,
  });
  const named = found.flatMap(({ id, properties: { hostName, httpPort, httpsPort } }) => {
    const labels = hostLabels(hostName, [httpPort ?? 80, httpsPort ?? 443]);
    return labels.map((label) => ({ label, id: id.toLowerCase() }));
  });
  const byLabel = Map.groupBy(named, ({ label }) => label);
  return new Map([...byLabel].map(([label, owners]) => [label, owners.map(({ id }) => id)]));
}
