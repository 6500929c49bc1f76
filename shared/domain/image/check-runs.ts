import type { StatusOfCommit } from './commit-statuses.ts';

/** The newest attempt of one check run, as GitHub tells it. */
export interface CheckRun {
  readonly name: string;
  /** Slug of the App that posts it; empty if GitHub names none. */
  readonly app: string;
  /** Its check suite: in one suite a name is newest once, in two it asks two questions. */
  readonly suite: number;
  /** `queued`, `in_progress`, `completed`, `waiting`, `requested`, `pending`, and what may be added. */
  readonly status: string;
  /** Of a completed one. */
  readonly conclusion?: string;
}

type Answer = Exclude<StatusOfCommit['state'], 'error'>;

/**
 * What a conclusion says of a version; every other one (`neutral`, `skipped`, `cancelled`, `stale`, `action_required`,
 * `startup_failure`, unknown ones) says nothing: nobody looked, or nobody has finished looking.
 * @see https://docs.github.com/rest/checks/runs
 */
const ANSWERS: Readonly<Record<string, Answer>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
};

/** What a status and a conclusion say of a version. Pure. */
export function answerOf({ status, conclusion = '' }: Pick<CheckRun, 'status' | 'conclusion'>): Answer {
  return status === 'completed' && Object.hasOwn(ANSWERS, conclusion) ? (ANSWERS[conclusion] ?? 'pending') : 'pending';
}

/**
 * The check runs of one commit as statuses, so that both are judged alike. Pure. What one App posts under one name in
 * several suites is one question whose worst answer counts: a second workflow's success hides no failure.
 * @param app - whose check runs are heard; anybody's if absent.
 */
export function statusesOfRuns(runs: readonly CheckRun[], app?: string): readonly StatusOfCommit[] {
  const heard = runs.filter((run) => app === undefined || run.app === app);
  const named = Map.groupBy(heard, ({ name, app: by }) => JSON.stringify([name, by]));
  return [...named.values()].flatMap((same) => {
    const worst =
      same.find((run) => answerOf(run) === 'failure') ?? same.find((run) => answerOf(run) === 'pending') ?? same[0];
    return worst === undefined ? [] : [statusOf(worst)];
  });
}

function statusOf(run: CheckRun): StatusOfCommit {
  const { name, app, status, conclusion } = run;
  return { context: name, by: app, state: answerOf(run), said: conclusion ?? status };
}
