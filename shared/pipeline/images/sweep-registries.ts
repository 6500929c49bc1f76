import { formatImageName } from '../../domain/image/reference.ts';
import type { Placement } from '../../domain/image/placement.ts';
import { NotFoundError } from '../../errors.ts';
import type { Fleet } from '../../fleet/model.ts';
import { intentKey } from '../../intents/intent.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import { Candidates, rollOut, rulesFor, subscriptionOf, type Rollout } from '../../reactions/image-rollout/index.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import { Budget, CountedRegistry } from './counted-registry.ts';
import { recordDecision } from '../decision-records.ts';
import type { ActorDependencies } from '../actor.ts';
import { guardRequests } from './guard-rollout.ts';
import { applyRequests, guardedOutcome } from './images.ts';
import { standingBy, type Standing } from './standing-by.ts';
import { outcomeOf } from '../outcome.ts';
import { branchTarget } from './targets.ts';

/**
 * Requests that one sweep may make: every five minutes, so that a registry with the smallest plan (1,000 reads a minute,
 * https://learn.microsoft.com/azure/container-registry/container-registry-skus) does not feel it.
 */
const REQUESTS_PER_SWEEP = 200;
const CURSOR = 'sweep/registries.json';

interface Watched {
  readonly loginServer: string;
  readonly repository: string;
  readonly image: string;
}

/**
 * Reads the repositories that the fleet's rules name, some at a time, as if each had just been pushed to: a push whose
 * event was lost is found. Only news are acted on: what an intent has said already, whatever became of it, is not
 * said again, so that a person's revert stands.
 */
export async function sweepRegistries(actor: ActorDependencies): Promise<void> {
  const fleet = await actor.fleet();
  const budget = new Budget(REQUESTS_PER_SWEEP);
  const opened = new Map<string, ImageRegistry>();
  const registry = (loginServer: string): ImageRegistry => {
    const found = opened.get(loginServer) ?? new CountedRegistry(actor.registry(loginServer), budget);
    opened.set(loginServer, found);
    return found;
  };
  const standing = standingBy(actor).at;
  let last: string | undefined;
  for (const watched of rotated(await watchedBy(fleet, registry, actor), await readCursor(actor))) {
    if (budget.isSpent) {
      break;
    }
    try {
      await sweepOne(watched, { fleet, source: registry(watched.loginServer), standing }, actor);
    } catch (error) {
      const facts = { image: watched.image, reason: reasonOf(error) };
      if (error instanceof NotFoundError) {
        // A rule is often written before the first push.
        actor.log.warn('a repository that a rule names is not there, or is hidden from us', facts);
      } else {
        actor.log.error('sweep failed for one repository', facts);
      }
    }
    last = watched.image;
  }
  if (last !== undefined) {
    await actor.blobs.put(CURSOR, new TextEncoder().encode(JSON.stringify({ after: last })), 'any');
  }
}

/** Every repository that a rule names, once, in order; those of a pattern by the registry's own list. */
async function watchedBy(
  { images }: Fleet,
  registry: (loginServer: string) => ImageRegistry,
  { log }: ActorDependencies,
): Promise<readonly Watched[]> {
  const found = new Map<string, Watched>();
  const add = (loginServer: string, repository: string): void => {
    const image = formatImageName({ registry: loginServer, repository });
    found.set(image, { loginServer, repository, image });
  };
  images.filter(({ repository }) => !repository.includes('*')).forEach((one) => add(one.registry, one.repository));
  const patterned = images.filter(({ repository }) => repository.includes('*'));
  for (const loginServer of new Set(patterned.map((rule) => rule.registry))) {
    try {
      for await (const repository of registry(loginServer).repositories()) {
        if (rulesFor(patterned, loginServer, repository).length > 0) {
          add(loginServer, repository);
        }
      }
    } catch (error) {
      log.error('repositories cannot be listed', { registry: loginServer, reason: reasonOf(error) });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.image < b.image ? -1 : 1));
}

/** Those after the cursor first, so that every one has its turn whatever the budget leaves. */
function rotated(watched: readonly Watched[], after: string): readonly Watched[] {
  return [...watched.filter(({ image }) => image > after), ...watched.filter(({ image }) => image <= after)];
}

async function readCursor({ blobs }: ActorDependencies): Promise<string> {
  const blob = await blobs.get(CURSOR);
  try {
    const { after } = JSON.parse(new TextDecoder().decode(blob?.bytes)) as { readonly after?: unknown };
    return typeof after === 'string' ? after : '';
  } catch {
    // None yet, or not ours: from the start.
    return '';
  }
}

interface Sweep {
  readonly fleet: Fleet;
  readonly source: ImageRegistry;
  readonly standing: Standing['at'];
}

async function sweepOne(
  { loginServer, repository, image }: Watched,
  { fleet, source, standing }: Sweep,
  actor: ActorDependencies,
): Promise<void> {
  const at = actor.clock.now().toISOString();
  const candidates = new Candidates(source, repository, []);
  const subscription = subscriptionOf(fleet, loginServer);
  const of = { image, source, registry: loginServer, repository, subscription, candidates };
  const read = { ...of, manifests: new Map(), signal: '', asOf: at };
  const rollout = await rollOut(rulesFor(fleet.images, loginServer, repository), read, { ...actor, standing });
  const news = await newsOf(rollout.requests, actor);
  for (const { gitops, request } of news) {
    const { tag, digest } = request.value as Placement;
    const signal = `sweep#${request.subject}:${tag}@${digest}`;
    const one = { gitops, request: { ...request, signals: [signal] } };
    const guarded = await guardRequests({ ...rollout, requests: [one] }, fleet, {
      ...actor,
      // What was found before may have been written since.
      standing: standingBy(actor),
    });
    const intents = await applyRequests(guarded.requests, actor, guarded.alarms);
    const outcome = guardedOutcome(outcomeOf(guarded.held, intents), guarded);
    const explained = { event: { image, lost: true }, ...rollout, requests: [one], guards: guarded.records };
    const record = await recordDecision({ signal, type: 'sweep', at, via: 'timer', outcome, explained }, actor.blobs);
    await actor.ledger.record({ schema: 1, signal, at, record, ...outcome });
    actor.log.info('lost push found', { signal, outcome: outcome.outcome, reason: outcome.reason, record });
  }
}

/** Requests for what no intent of the same subject has ever said. */
async function newsOf(requests: Rollout['requests'], { rows }: ActorDependencies): Promise<Rollout['requests']> {
  const news: Rollout['requests'][number][] = [];
  for (const one of requests) {
    const { intents } = await new TargetRows(rows).load(branchTarget(one.gitops));
    const stored = intents.get(intentKey(one.request))?.value as Placement | undefined;
    const wanted = one.request.value as Placement;
    if (stored?.tag !== wanted.tag || stored.digest !== wanted.digest) {
      news.push(one);
    }
  }
  return news;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
