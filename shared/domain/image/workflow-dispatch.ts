import { digestOf } from '../digest.ts';

/** What is dispatched once: a workflow for a version in a stage. */
export interface DispatchSubject {
  /** Repository that has the workflow, with its host where that is not the usual one. */
  readonly host: string;
  readonly workflow: string;
  /** What it is run with beside the version; where it stands in the stage's list does not matter. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly image: string;
  readonly stage: string;
  readonly digest: string;
  /** Since when the version is there, as the stage's row has it: written again, it is verified again. */
  readonly since: string;
}

/**
 * What became of one dispatch. `sending` is written before the call and is all that a crash leaves: whoever comes next
 * looks for a run that shows the id. `sent`: the host took it. `refused`: the host did not, and may be asked again.
 */
export interface DispatchRow {
  readonly schema: 1;
  /** The input `reflex` of the workflow, which its run's name shows. */
  readonly id: string;
  readonly state: 'sending' | 'sent' | 'refused';
  /** When it began to be so, ISO 8601. */
  readonly at: string;
  /** The run that belongs to it, once it is known. */
  readonly run?: number;
  /** Of one that was refused: why, and when it is tried again, ISO 8601. */
  readonly reason?: string;
  readonly again?: string;
}

/** A workflow run as GitHub tells it, its newest attempt. */
export interface WorkflowRun {
  readonly id: number;
  /** What `run-name` has made of its inputs. */
  readonly title: string;
  readonly createdAt: string;
  readonly status: string;
  /** Of a completed one. */
  readonly conclusion?: string;
  readonly attempt: number;
  /** Page for people. */
  readonly url?: string;
}

/** Partition of the rows of dispatches. */
export const WORKFLOW_DISPATCHES = 'workflow-dispatches';
/** A process that stood still for longer than this after its claim sends nothing any more. */
export const SEND_WITHIN_MS = 10_000;
/** A run is listed within seconds; a claim without one is not given up before this. */
const LISTED_WITHIN_MS = 600_000;
/** Clocks of two services. */
const SKEW_MS = 60_000;
const ID = /\breflex-[0-9a-f]{24}\b/;

/** The id of a dispatch: the same for every process and cell, and nobody else's. */
export function dispatchId(subject: DispatchSubject): string {
  const { host, workflow, ref, inputs, image, stage, digest, since } = subject;
  const about = { host: host.toLowerCase(), workflow, ref, inputs: { ...inputs }, image, stage, digest, since };
  return `reflex-${digestOf(about).slice(0, 24)}`;
}

/** What is to be done about a dispatch before its run can be read. */
export type DispatchStep = 'dispatch' | 'wait' | 'find' | 'read';

/** The next step of a dispatch. Pure. @param now - milliseconds. */
export function nextDispatchStep(row: DispatchRow | undefined, now: number): DispatchStep {
  if (row === undefined) {
    return 'dispatch';
  }
  if (row.run !== undefined) {
    return 'read';
  }
  if (row.state !== 'refused') {
    return 'find';
  }
  return now >= Date.parse(row.again ?? row.at) ? 'dispatch' : 'wait';
}

/** What a workflow's newest dispatched runs say of a dispatch: its run, that there is none, or nothing. */
export type Found = { readonly run: number } | 'none' | 'unknown';

/**
 * Looks for the run of a dispatch. Pure. A run is ours if its title shows the id; of several (somebody has dispatched by
 * hand with our id) the oldest. There is none for certain only if all of this holds: the call was never answered, the list
 * reaches back beyond it, enough time has passed, and another run's title shows an id, so that ours would show as well.
 *
 * @param runs - newest first. @param isWhole - true if the list holds all there are.
 */
export function findRun(
  { id, state, at }: DispatchRow,
  runs: readonly WorkflowRun[],
  { isWhole, now }: { readonly isWhole: boolean; readonly now: number },
): Found {
  const words = (title: string): readonly string[] => title.match(new RegExp(ID, 'g')) ?? [];
  const ours = runs.filter(({ title }) => words(title).includes(id)).map((run) => run.id);
  if (ours.length > 0) {
    return { run: Math.min(...ours) };
  }
  const since = Date.parse(at);
  const reachesBack = isWhole || runs.some(({ createdAt }) => Date.parse(createdAt) < since - SKEW_MS);
  const showsIds = runs.some(({ title }) => ID.test(title));
  const isOver = now >= since + SEND_WITHIN_MS + LISTED_WITHIN_MS;
  return state === 'sending' && reachesBack && showsIds && isOver ? 'none' : 'unknown';
}

/**
 * What a run says of a version. Pure. `startup_failure`, `cancelled`, `skipped`, `neutral`, `stale` and
 * `action_required` say nothing of it: people may run it again, and its newest attempt counts.
 */
export function judgeRun({ id, status, conclusion = '', attempt, url }: WorkflowRun): {
  readonly outcome: 'pending' | 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
} {
  const which = `run ${id}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
  const where = url === undefined ? '' : ` (${url})`;
  if (status !== 'completed') {
    return { outcome: 'pending', reason: `${which}: ${status}${where}` };
  }
  const reason = `${which}: ${conclusion}${where}`;
  switch (conclusion) {
    case 'success':
      return { outcome: 'pass', reason };
    case 'failure':
    case 'timed_out':
      return { outcome: 'fail', reason };
    default:
      return { outcome: 'inconclusive', reason };
  }
}
