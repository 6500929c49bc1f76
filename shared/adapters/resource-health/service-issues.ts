import * as z from 'zod';

import { parseRegion } from '../../domain/azure/regions.ts';
import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { settingOf } from '../../domain/traffic/evidence-settings.ts';
import type { EdgeVote, EvidenceSource, WatchedEdge } from '../../ports/evidence-source.ts';
import { ArmReader } from '../arm-reader.ts';
import { askEach } from '../ask-each.ts';
import type { ResourceHealthOptions } from './availability.ts';

/** https://learn.microsoft.com/rest/api/resourcehealth/events/list-by-subscription-id */
const API_VERSION = '2024-02-01';
/** Edges of one subscription are looked at in one tick, and share an answer. */
const ASK_AGAIN_MS = 30_000;
/** Service health is told for regions by services of no region. */
const TAKEN_IN = 'global';

/** An issue that nobody has written a word about for so long is none that traffic should leave for. */
const NEWS_MS = 14 * 86_400_000;

const events = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });

const healthEvent = z.object({
  properties: z.object({
    eventType: z.string().nullish(),
    status: z.string().nullish(),
    impact: z
      .array(
        z.object({
          impactedService: z.string().nullish(),
          impactedRegions: z
            .array(z.object({ impactedRegion: z.string().nullish(), status: z.string().nullish() }))
            .nullish(),
        }),
      )
      .nullish(),
  }),
});

export type HealthEvent = z.infer<typeof healthEvent>;

/** A service that does not work as it should, and where. */
export interface ServiceIssue {
  readonly service: string;
  /** As Azure writes it: `West Europe`, `Global`. */
  readonly region: string;
}

interface Kept {
  readonly at: number;
  readonly issues: Promise<readonly ServiceIssue[]>;
}

/**
 * What Azure Service Health tells of the services in an origin's region, for the subscription of its cluster. A region that
 * it names is bad; of the others it says nothing, for it is slow and speaks of outages alone.
 *
 * Votes and service-health alerts have one source's name: both are the same word.
 */
export class ServiceHealthEvidence implements EvidenceSource {
  readonly name = 'service-health';
  readonly #options: ResourceHealthOptions;
  readonly #arm: ArmReader;
  readonly #kept = new Map<string, Kept>();

  constructor(options: ResourceHealthOptions) {
    this.#options = options;
    this.#arm = new ArmReader(options);
  }

  async measure({ id, origins, evidence }: WatchedEdge): Promise<readonly EdgeVote[]> {
    const { serviceHealth, clusterIds } = evidence ?? {};
    if (serviceHealth === undefined) {
      return [];
    }
    const bySubscription = Map.groupBy(
      origins.flatMap((origin) => {
        const subscription = parseResourceId(settingOf(clusterIds, origin.name) ?? '')?.subscription;
        return subscription === undefined ? [] : [{ origin, subscription }];
      }),
      ({ subscription }) => subscription,
    );
    const questions = [...bySubscription].map(([subscription, own]) => ({
      of: subscription,
      ask: async (): Promise<readonly EdgeVote[]> => {
        const issues = await this.#issues(subscription);
        const bad = new Set(
          issues
            .filter(({ service }) => serviceHealth.services.includes(service.toLowerCase()))
            .map(({ region }) => parseRegion(region))
            .flatMap((region) => own.filter(({ origin }) => region !== undefined && origin.region === region)),
        );
        const common = { source: this.name, takenIn: TAKEN_IN, at: this.#options.clock.now().getTime() };
        return own.map((one) => ({
          ...{ ...common, region: one.origin.name },
          ...(bad.has(one) ? { isBad: true, hasNoData: false } : { hasNoData: true }),
        }));
      },
    }));
    return await askEach(questions, { ...this.#options, source: this.name, edge: id });
  }

  async #issues(subscription: string): Promise<readonly ServiceIssue[]> {
    const now = this.#options.clock.now().getTime();
    const kept = this.#kept.get(subscription);
    if (kept !== undefined && now >= kept.at && now < kept.at + ASK_AGAIN_MS) {
      return await kept.issues;
    }
    const issues = this.#ask(subscription);
    this.#kept.set(subscription, { at: now, issues });
    return await issues;
  }

  async #ask(subscription: string): Promise<readonly ServiceIssue[]> {
    const since = new Date(this.#options.clock.now().getTime() - NEWS_MS);
    const question = {
      resource: `/subscriptions/${subscription}`,
      path: '/providers/Microsoft.ResourceHealth/events',
      query: { 'api-version': API_VERSION, queryStartTime: dayOf(since) },
      shape: events,
    };
    const found = await this.#arm.list('read service health', question, true);
    // One that has another shape keeps nobody from hearing of the others.
    return found.flatMap((event) => {
      const { data } = healthEvent.safeParse(event);
      return data === undefined ? [] : issuesOf(data);
    });
  }
}

/**
 * The issues that an event tells of; none for maintenance, advisories and whatever is over, as a whole or in a region.
 * Pure. Without a status of its own a region has that of the event.
 */
export function issuesOf({ properties: { eventType, status, impact } }: HealthEvent): readonly ServiceIssue[] {
  if (!isWord(eventType, 'serviceissue') || !isWord(status, 'active')) {
    return [];
  }
  return (impact ?? []).flatMap(({ impactedService, impactedRegions }) =>
    (impactedRegions ?? []).flatMap((region) =>
      isWord(region.status ?? status, 'active')
        ? [{ service: impactedService ?? '', region: region.impactedRegion ?? '' }]
        : [],
    ),
  );
}

/** As the API's documentation writes it: `7/24/2020`. */
function dayOf(at: Date): string {
  return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()}`;
}

function isWord(text: string | null | undefined, word: string): boolean {
  return (text ?? '').toLowerCase().replaceAll(/[^a-z]/g, '') === word;
}
