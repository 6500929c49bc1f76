import type * as z from 'zod';

import { progressKey, PROGRESS_ROWS, type StageProgress } from '../../domain/image/progress.ts';
import type { StageHold } from '../../domain/image/stage-hold.ts';
import { placementSubject, type Placement } from '../../domain/image/placement.ts';
import type { Fleet, FleetRepository, FleetStage } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import { branchTarget } from '../../pipeline/images/branch-target.ts';
import { endOf } from '../../pipeline/outcome.ts';
import { stagedImages } from '../../pipeline/promotion/staged-images.ts';
import { isHold } from '../../targets/git-branch/index.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { ImageProgressList, type ImageProgress } from './progress-schemas.ts';
import { json, READERS, route, type Route } from './route.ts';

/** How far each image is in each stage. */
export const PROGRESS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'progress',
    operation: 'listProgress',
    summary: 'Each image in each stage: what runs, whether it has passed, how long it still soaks, what is held',
    roles: READERS,
    answers: { 200: { description: 'all of them, in the order of the fleet file', schema: ImageProgressList } },
    answer: async (_, { rows, fleet, clock }) => {
      const now = await fleet();
      const shown = await Promise.all(now.repositories.map((one) => progressIn(one, now, { rows, at: clock.now() })));
      return json(200, { progress: shown.flat() });
    },
  }),
];

type Shown = z.infer<typeof ImageProgress>;

async function progressIn(
  repository: FleetRepository,
  fleet: Fleet,
  { rows, at }: { readonly rows: RowStore; readonly at: Date },
): Promise<readonly Shown[]> {
  const { key } = branchTarget(repository);
  const [stored, wanted] = await Promise.all([rows.list(key, PROGRESS_ROWS), rows.list(key, 'intent|')]);
  const progress = new Map(stored.map(({ rowKey, value }) => [rowKey, value as unknown as StageProgress]));
  const intents = wanted.map(({ value }) => value as unknown as Intent);
  const subjects = [...intents.map(({ subject }) => subject), ...[...progress.values()].map(placementSubject)];
  return stagedImages(fleet, key, subjects).flatMap(({ image, rule }) =>
    rule.stages.map((stage) => {
      const place = { image, stage: stage.name };
      const open = intents.filter(({ subject, state }) => subject === placementSubject(place) && state !== 'closed');
      return viewOf({ image, stage, gitops: repository.name }, { row: progress.get(progressKey(place)), open, at });
    }),
  );
}

/** A row for people. Pure. */
function viewOf(
  { image, stage, gitops }: { readonly image: string; readonly stage: FleetStage; readonly gitops: string },
  { row, open, at }: { readonly row: StageProgress | undefined; readonly open: readonly Intent[]; readonly at: Date },
): Shown {
  const { current, unsettled, verdict, since, held = [], good = [], starved } = row ?? {};
  const ends = since === undefined ? undefined : Date.parse(since) + (stage.soakMs ?? 0);
  return {
    ...{ image, stage: stage.name, gitops },
    ...(stage.after === undefined ? {} : { after: stage.after }),
    ...(current === undefined
      ? {}
      : { tag: current.tag, digest: current.digest, commit: current.commit, isForeign: current.isForeign }),
    ...(unsettled === undefined ? {} : { unsettled }),
    ...{ verdict: verdict?.outcome ?? 'unknown', reason: verdict?.reason ?? 'not-looked-at-yet' },
    ...(ends === undefined
      ? {}
      : { soakEndsAt: new Date(ends).toISOString(), soakLeftMs: Math.max(0, ends - at.getTime()) }),
    waiting: open.filter(({ value }) => 'tag' in value).map(waitingOf),
    held: heldIn(held, open),
    good: [...good],
    ...(starved === undefined ? {} : { starved }),
  };
}

function waitingOf(intent: Intent): Shown['waiting'][number] {
  return { tag: (intent.value as Placement).tag, kind: intent.kind, why: endOf(intent).reason };
}

/** What the row knows to be held, and what open holds keep out beside it: those of guards, and of reverts in a push's stage. */
function heldIn(held: StageProgress['held'], open: readonly Intent[]): Shown['held'] {
  const shown = held.map(({ tag, digest, cause, at, reason }) => ({ tag, digest, cause, at, reason }));
  const known = new Set(shown.map(({ digest }) => digest));
  const wanted = open.map(({ value }) => value as Partial<Placement>);
  const others = open.filter(isHold).flatMap(({ cause, openedAt, reason, value }) => {
    const { refuses = [] } = value as unknown as Partial<StageHold>;
    return refuses
      .filter((digest) => !known.has(digest))
      .map((digest) => {
        const tag = wanted.find((one) => one.digest === digest)?.tag ?? '';
        return { tag, digest, cause, at: openedAt, reason };
      });
  });
  return [...shown, ...new Map(others.map((one) => [one.digest, one])).values()];
}
