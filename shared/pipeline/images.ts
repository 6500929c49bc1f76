import type { CurrentImage } from '../domain/image/policy.ts';
import { parseImageReference } from '../domain/image/reference.ts';
import type { FleetImage, FleetStage } from '../fleet/model.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import { reactToPush, type Rollout } from '../reactions/image-rollout/index.ts';
import { openIntents } from '../reconcile/open-intents.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import { TargetRows } from '../reconcile/target-rows.ts';
import type { Outcome } from '../records/ledger.ts';
import type { RegistryData } from '../signals/event-grid/registry.ts';
import { standingAt } from '../targets/git-branch/index.ts';
import { reconcileAndWake, type ActorDependencies } from './actor.ts';
import { outcomeOf } from './outcome.ts';
import { branchTarget } from './targets.ts';

/** What became of a push; `retryInMs` where the registry does not show it yet. */
export interface PushOutcome {
  readonly outcome: Outcome;
  readonly explained: object;
  readonly retryInMs?: number;
}

/** Rolls a pushed image out: reads its registry, opens intents, lets the loop look at each branch. */
export async function handlePush(
  { repository, tag, digest, timestamp }: RegistryData,
  { loginServer, signal }: { readonly loginServer: string; readonly signal: string },
  actor: ActorDependencies,
): Promise<PushOutcome> {
  const pushed = {
    ...{ loginServer, repository, signal, raisedAt: timestamp },
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
  const startedAt = actor.clock.now();
  const rollout = await reactToPush(pushed, await actor.fleet(), { ...actor, standing: standingBy(actor) });
  const readMs = actor.clock.now().getTime() - startedAt.getTime();
  const intents = await applyRequests(rollout.requests, actor);
  const { retryInMs } = rollout;
  const timings = {
    raisedAt: timestamp.toISOString(),
    startedAt: startedAt.toISOString(),
    readMs,
    totalMs: actor.clock.now().getTime() - startedAt.getTime(),
  };
  return {
    outcome: outcomeOf(rollout.held, intents),
    explained: { event: pushed, ...rollout, intents: intents.map(endOf), timings },
    ...(retryInMs === undefined ? {} : { retryInMs }),
  };
}

function endOf({ subject, state, note, evidence }: Intent): object {
  return { subject, state, note, evidence };
}

/** Opens intents, branch by branch, and lets the loop look at each branch. */
export async function applyRequests(
  requests: Rollout['requests'],
  actor: ActorDependencies,
): Promise<readonly Intent[]> {
  const rows = new TargetRows(actor.rows);
  const byTarget = Map.groupBy(requests, ({ gitops }) => branchTarget(gitops).key);
  const intents: Intent[] = [];
  for (const [key, group] of byTarget) {
    const target: TargetRef = { kind: 'git-branch', key };
    const wanted = group.map(({ request }) => request);
    await openIntents(rows, target, { requests: wanted, now: () => actor.clock.now() });
    await reconcileAndWake(target, actor);
    const after = await rows.load(target);
    intents.push(...wanted.flatMap((request) => after.intents.get(intentKey(request)) ?? []));
  }
  return intents;
}

/** Reads what stands at a stage as the loop would read it, so that both see the same files; each stage's files once. */
export function standingBy({ branches, clock }: Pick<ActorDependencies, 'branches' | 'clock'>) {
  const seen = new Map<string, ReturnType<typeof branches.observe>>();
  return async (image: string, rule: FleetImage, stage: FleetStage): Promise<readonly CurrentImage[]> => {
    const name = parseImageReference(image);
    if (name === undefined) {
      return [];
    }
    const now = clock.now();
    const target = branchTarget(rule.gitops);
    const key = JSON.stringify([target.key, stage.paths]);
    const observing =
      seen.get(key) ??
      branches.observe(target, {
        acting: [lookingAt({ image, stage }, now.toISOString())],
        leaving: [],
        fields: [],
        journal: [],
        others: { intents: [], fields: [] },
        isUndoing: false,
        now,
      });
    seen.set(key, observing);
    const observed = await observing;
    return standingAt(observed, name, stage.paths);
  };
}

/** An intent that is never stored: it only says which files are to be read. */
function lookingAt({ image, stage }: { readonly image: string; readonly stage: FleetStage }, at: string): Intent {
  return {
    ...{ schema: 1, subject: `${image}@${stage.name}`, by: { reaction: 'image-rollout' }, cause: 'look' },
    ...{ kind: 'image', mode: 'observe', reason: 'what stands there', signals: [], asOf: at, openedAt: at },
    state: 'open',
    value: { image, stage: stage.name, paths: stage.paths },
  };
}
