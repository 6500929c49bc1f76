import * as z from 'zod';

import { settingOf } from '../../domain/traffic/evidence-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeVote, EvidenceSource, WatchedEdge } from '../../ports/evidence-source.ts';
import type { Log } from '../../ports/log.ts';
import { ArmReader, type ArmReaderOptions } from '../arm-reader.ts';
import { askEach } from '../ask-each.ts';

export interface ResourceHealthOptions extends ArmReaderOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** https://learn.microsoft.com/rest/api/resourcehealth/availability-statuses/get-by-resource */
const API_VERSION = '2023-07-01-preview';

const status = z.object({
  properties: z.object({
    availabilityState: z.string().nullish(),
    /** `PlatformInitiated`, `UserInitiated`; `context` words the same with a blank, and one may be there alone. */
    healthEventCause: z.string().nullish(),
    context: z.string().nullish(),
  }),
});

type Properties = z.infer<typeof status>['properties'];

/** What Azure itself knows of an origin's cluster, by Resource Health. Not outside evidence: nothing says where it is taken. */
export class ResourceHealthEvidence implements EvidenceSource {
  readonly name = 'resource-health';
  readonly #options: ResourceHealthOptions;
  readonly #arm: ArmReader;

  constructor(options: ResourceHealthOptions) {
    this.#options = options;
    this.#arm = new ArmReader(options);
  }

  async measure({ id, origins, evidence }: WatchedEdge): Promise<readonly EdgeVote[]> {
    const { resourceHealth, clusterIds } = evidence ?? {};
    const questions = origins.flatMap(({ name }) => {
      const cluster = settingOf(clusterIds, name);
      return resourceHealth !== true || cluster === undefined
        ? []
        : [{ of: name, ask: async () => [await this.#vote(name, cluster)] }];
    });
    return await askEach(questions, { ...this.#options, source: this.name, edge: id });
  }

  async #vote(region: string, cluster: string): Promise<EdgeVote> {
    const { properties } = await this.#arm.get('read resource health', {
      resource: cluster,
      path: '/providers/Microsoft.ResourceHealth/availabilityStatuses/current',
      query: { 'api-version': API_VERSION },
      shape: status,
    });
    // A state that holds until the next one, so it is as new as the question.
    const common = { source: this.name, region, at: this.#options.clock.now().getTime() };
    const isBad = isUnavailable(properties);
    return isBad === undefined ? { ...common, hasNoData: true } : { ...common, isBad, hasNoData: false };
  }
}

/**
 * True if the platform has taken the resource down, false if it is available. Pure.
 * @returns undefined for anything else: a stop that a person asked for, a cause that is not told, a state between.
 */
export function isUnavailable({ availabilityState, healthEventCause, context }: Properties): boolean | undefined {
  const state = lettersOf(availabilityState);
  const cause = lettersOf(healthEventCause) || lettersOf(context);
  if (state === 'available') {
    return false;
  }
  return state === 'unavailable' && cause === 'platforminitiated' ? true : undefined;
}

function lettersOf(text: string | null | undefined): string {
  return (text ?? '').toLowerCase().replaceAll(/[^a-z]/g, '');
}
