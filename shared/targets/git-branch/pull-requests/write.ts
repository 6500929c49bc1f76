import { ReflexError, StaleHeadError, WriteRefusedError } from '../../../errors.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Dressing, PullRequest } from '../../../ports/pull-requests.ts';
import { headBranch } from '../../../domain/image/writing-settings.ts';
import type { Sending, Settlement, WriteResult } from '../../../reconcile/target-kind.ts';
import { commitText } from '../message.ts';
import { refuseForbidden } from '../write.ts';
import { readMarker, withMarker, type Marker } from './marker.ts';
import type { ProposalChange } from './next.ts';
import { contentTrailer } from './observe.ts';
import { proposalText, withdrawnText } from './text.ts';
import type { ProposalBranch } from './branch.ts';

export interface ProposalWriter extends ProposalBranch {
  readonly group: string;
  readonly recordLink: (planId: string) => string;
}

type Propose = Extract<ProposalChange, { kind: 'propose' }>;

/** Somebody has closed or merged the pull request between the look and the write. */
class Overtaken extends Error {}

/**
 * Brings a pull request to what a look found: branch, then text, then what it gets once. Each call is left out where the
 * look found its effect, so whatever a crash leaves is finished by the next one.
 *
 * @throws the adapter's error when the outcome is unknown or the service asked to wait.
 */
export async function writeProposal(
  writer: ProposalWriter,
  sending: Sending,
  { change, serves }: { readonly change: ProposalChange; readonly serves: readonly Intent[] },
): Promise<WriteResult> {
  try {
    const evidence = change.kind === 'propose' ? await propose(writer, sending, { change, serves }) : undefined;
    return { outcome: 'written', evidence: evidence ?? (await withdraw(writer, change)) };
  } catch (error) {
    if (error instanceof StaleHeadError || error instanceof Overtaken) {
      return { outcome: 'stale' };
    }
    if (error instanceof ReflexError && !error.retryable) {
      return { outcome: 'refused', code: error.code, reason: error.message };
    }
    throw error;
  }
}

type Evidence = Extract<WriteResult, { outcome: 'written' }>['evidence'];

async function propose(
  writer: ProposalWriter,
  { planId }: Sending,
  { change, serves }: { readonly change: Propose; readonly serves: readonly Intent[] },
): Promise<Evidence> {
  const { pulls, settings, group, branch: base, fleetFiles, recordLink, commits } = writer;
  for (const { path } of change.change.files) {
    refuseForbidden(path, change.change.paths, fleetFiles);
  }
  const record = recordLink(planId);
  const { placements, files } = change.change;
  if (change.tip?.content !== change.content) {
    const { headline, body } = commitText(placements, { planId, serves, recordLink: record, commits });
    await pulls.putTip({
      branch: change.branch,
      base: change.base,
      ...(change.tip === undefined ? {} : { expected: change.tip.commit }),
      headline,
      body: `${body}\n${contentTrailer(change.content)}`,
      ...(commits?.author === undefined ? {} : { author: commits.author }),
      changes: files.map(({ path, mode, text }) => ({ path, mode, content: new TextEncoder().encode(text) })),
    });
  }
  const wasComplete = change.open?.marker?.isComplete === true;
  const isComplete = wasComplete || isPlain(settings);
  const marker = { content: change.content, isComplete, isWithdrawn: false, images: change.images, base: change.base };
  const text = proposalText({ placements, base, group, record, marker }, settings);
  const pull =
    change.open === undefined
      ? await pulls.open({ head: change.branch, base, ...text })
      : await retext(writer, change.open, text);
  const notDone = isComplete ? [] : await dress(writer, pull, marker);
  const { number, url } = pull;
  return { pullRequest: number, ...(url === undefined ? {} : { url }), ...(notDone.length === 0 ? {} : { notDone }) };
}

/** A pull request that was closed meanwhile keeps the text that people closed it with. */
async function retext(
  { pulls }: ProposalWriter,
  open: PullRequest,
  text: { readonly title: string; readonly body: string },
): Promise<PullRequest> {
  const after = await pulls.update(open.number, text);
  if (after.state === 'closed') {
    await pulls.update(open.number, { title: open.title, body: open.body });
  }
  if (after.state !== 'open') {
    throw new Overtaken();
  }
  return after;
}

function isPlain({ labels, reviewers, teamReviewers, autoMerge }: Dressing): boolean {
  return labels.length + reviewers.length + teamReviewers.length === 0 && autoMerge === undefined;
}

/** Each part by itself: a reviewer who may not review keeps no pull request back. @returns what the host refused */
async function dress(
  { pulls, settings }: ProposalWriter,
  { number, body }: PullRequest,
  marker: Marker,
): Promise<readonly string[]> {
  const { labels, reviewers, teamReviewers, autoMerge } = settings;
  const none = { labels: [], reviewers: [], teamReviewers: [] };
  const parts: readonly Dressing[] = [
    { ...none, labels },
    { ...none, reviewers },
    { ...none, teamReviewers },
    ...(autoMerge === undefined ? [] : [{ ...none, autoMerge }]),
  ];
  const notDone: string[] = [];
  for (const part of parts) {
    try {
      await pulls.dress(number, part);
    } catch (error) {
      if (!(error instanceof WriteRefusedError)) {
        throw error;
      }
      notDone.push(error.message);
    }
  }
  await pulls.update(number, { body: withMarker(body, { ...marker, isComplete: true }) });
  return notDone;
}

/** Closes it in one call with the word that we did. */
async function withdraw({ pulls }: ProposalWriter, change: ProposalChange): Promise<Evidence> {
  if (change.kind !== 'withdraw') {
    return {};
  }
  const { open, reason } = change;
  const marker = open.marker ?? { content: '', isComplete: true, images: [], base: '' };
  const body = withdrawnText(withMarker(open.body, { ...marker, isWithdrawn: true }), reason);
  const { state } = await pulls.update(open.number, { body, state: 'closed' });
  return { pullRequest: open.number, state, reason };
}

/** Finds out whether a pull request says what was being written when nobody heard the end of it. */
export async function settleProposal(writer: ProposalWriter, { step }: Sending): Promise<Settlement> {
  const { pulls, settings, group, branch: base } = writer;
  const head = headBranch(settings.branch, { base, group });
  const [newest] = await pulls.list({ head, base });
  const marker = newest === undefined ? undefined : readMarker(newest.body);
  const isThere =
    step.effect === 'withdraw'
      ? newest?.state === 'closed' && marker?.isWithdrawn === true
      : newest?.state === 'open' && marker?.isComplete === true && marker.content === step.to['content'];
  return newest !== undefined && isThere
    ? { outcome: 'written', evidence: { pullRequest: newest.number, found: 'marker' } }
    : { outcome: 'not-written' };
}
