import { matchesGlob } from '../../domain/glob.ts';
import type { Placement } from '../../domain/image/placement.ts';
import { parseImageReference } from '../../domain/image/reference.ts';
import type { Intent } from '../../intents/intent.ts';
import type { Look, Verdict } from '../../reconcile/target-kind.ts';
import type { BranchChange, PlacementChange } from './change.ts';
import { foldIntents, isHold } from './fold.ts';
import { findReverts, type BranchPast } from './notice-reverts.ts';
import type { ObservedBranch, ObservedFile } from './observed.ts';
import { restore } from './restore.ts';
import { retag, type Retagged } from './retag.ts';
import { isDowngrade } from './rules.ts';

/**
 * What to commit so that the branch becomes what its intents want: all subjects in one commit. Pure.
 *
 * A subject is `done` when every place found shows the wanted value, `blocked` with `no-place`, `downgrade`,
 * `unsafe-edit: ...`, `not-an-image`, `outside-window` or `freeze` otherwise; blocked subjects never keep the others
 * from going. A rollback may go back, and at any time. What somebody has taken out of a stage again is held there
 * from now on (`opens`).
 */
export function lookAtBranch(
  observed: ObservedBranch,
  intents: readonly Intent[],
  past?: BranchPast,
): Look<BranchChange> {
  const reverts = past === undefined ? undefined : findReverts(observed, intents, past);
  const look = lookAt(observed, [...intents, ...(reverts?.holds ?? [])]);
  if (reverts === undefined || reverts.opens.length === 0) {
    return look;
  }
  return { ...look, verdicts: look.verdicts.map(reverts.told), opens: reverts.opens };
}

function lookAt(observed: ObservedBranch, intents: readonly Intent[]): Look<BranchChange> {
  const texts = new Map(observed.files.map((file) => [file.path, file]));
  const changed = new Map<string, ObservedFile>();
  const verdicts: Verdict[] = [];
  const placements: PlacementChange[] = [];
  const edits: { path: string; line: number; from: string; to: string }[] = [];
  const warnings: string[] = [];
  for (const { winner, losers } of foldIntents(intents).values()) {
    verdicts.push(
      ...losers.map(({ intent, to }): Verdict => ({ intent, outcome: 'shadowed', reason: `shadowed-by:${to}` })),
    );
    if (isHold(winner)) {
      continue;
    }
    const placement = winner.value as Placement;
    const within = [...texts.values()].filter(({ path }) => placement.paths.some((glob) => matchesGlob(path, glob)));
    const tried = place(winner, within, observed);
    if (typeof tried === 'string') {
      verdicts.push({ intent: winner, outcome: 'blocked', reason: tried });
      continue;
    }
    const files = tried.filter(({ outcome }) => outcome === 'edited');
    const closed = winner.kind === 'rollback' ? undefined : observed.closed?.[winner.subject];
    if (files.length === 0 || closed !== undefined) {
      verdicts.push(
        files.length === 0
          ? { intent: winner, outcome: 'done' }
          : { intent: winner, outcome: 'blocked', reason: closed ?? '' },
      );
      continue;
    }
    verdicts.push({ intent: winner, outcome: 'act' });
    for (const { file, after, changes } of files) {
      texts.set(file.path, { ...file, text: after });
      changed.set(file.path, { ...file, text: after });
      edits.push(...changes.map((change) => ({ path: file.path, ...change })));
    }
    warnings.push(...tried.flatMap((one) => one.warnings));
    placements.push({
      image: placement.image,
      stage: placement.stage,
      from: [...new Set(files.flatMap(({ current }) => current))].toSorted(),
      to: placement.tag,
      places: files.reduce((sum, { changes }) => sum + changes.length, 0),
    });
  }
  if (changed.size === 0) {
    return { verdicts, steps: [] };
  }
  const told = [...warnings, ...observed.warnings].slice(0, MAX_WARNINGS);
  const step = {
    id: 'commit',
    title: placements.map(({ image, stage, to }) => `${image} at ${stage} to ${to}`).join('; '),
    effect: 'commit',
    from: Object.fromEntries(placements.map(({ image, stage, from }) => [`${image}@${stage}`, [...from]])),
    to: {
      placements: Object.fromEntries(placements.map(({ image, stage, to }) => [`${image}@${stage}`, to])),
      edits,
      ...(told.length === 0 ? {} : { warnings: told }),
    },
    changes: [],
    onFailure: 'stay' as const,
  };
  const acting = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent.value as Placement);
  const paths = [...new Set(acting.flatMap(({ paths: globs }) => globs))].toSorted();
  return { verdicts, steps: [step], change: { files: [...changed.values()], placements, paths } };
}

/** Enough to find the mistake in a record; the file names the rest. */
const MAX_WARNINGS = 20;

function sample(warnings: readonly string[]): readonly string[] {
  return warnings.length === 0 ? [] : [warnings.slice(0, 3).join('; ')];
}

/** Those of a placement's files that mention the image, with their new texts, or why none may be written. */
function place(
  { kind, value }: Intent,
  files: readonly ObservedFile[],
  { warnings: passedOver, earlier }: ObservedBranch,
): readonly Retagged[] | string {
  const placement = value as Placement;
  const image = parseImageReference(placement.image);
  if (image === undefined) {
    return 'not-an-image';
  }
  const tried = files.map((file) =>
    kind === 'rollback' ? restore(file, image, placement, earlier) : retag(file, image, placement),
  );
  const found = tried.filter(({ outcome }) => outcome !== 'absent');
  const refused = found.find(({ outcome }) => outcome === 'refused');
  if (refused !== undefined) {
    return `unsafe-edit: ${refused.file.path}: ${refused.reason ?? ''}`;
  }
  if (found.length === 0) {
    return ['no-place', ...sample([...tried.flatMap(({ warnings }) => warnings), ...passedOver])].join(': ');
  }
  const current = found.flatMap((one) => one.current);
  const goesBack = current.some((tag) => placement.above?.includes(tag) !== true && isDowngrade(tag, placement.tag));
  return kind !== 'rollback' && goesBack ? 'downgrade' : found;
}
