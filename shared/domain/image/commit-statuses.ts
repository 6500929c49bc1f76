import { matchesGlob } from '../glob.ts';
import type { VerdictOutcome } from './progress.ts';

/** What one context says of one commit. */
export interface StatusOfCommit {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** Who says it, where two may use one context; nobody in particular if absent. */
  readonly by?: string;
  /** Its own word for the state, for people. */
  readonly said?: string;
}

export interface StatusQuestion {
  /** Globs over contexts; with `{cluster}` one for each cluster. Empty: those of Flux and Argo CD. */
  readonly contexts: readonly string[];
  readonly clusters: readonly string[];
  /** How many clusters read the branch. */
  readonly readers: number;
}

/** Flux's notification controller, https://fluxcd.io/flux/components/notification/providers/#git-commit-status-updates; Argo CD Notifications. */
const AGENTS: readonly string[] = ['kustomization/*/*', 'helmrelease/*/*', 'continuous-delivery/*', 'argocd/*'];

/**
 * What commit statuses say of a version. Pure.
 *
 * Each context is heard on every commit that holds the version: one success proves that its cluster took it, whatever an
 * unrelated later commit did. A failure without a success is a failure. Too few contexts say nothing.
 *
 * @param commits - the newest status of each context, by commit.
 */
export function judgeStatuses(
  commits: readonly (readonly StatusOfCommit[])[],
  { contexts, clusters, readers }: StatusQuestion,
): { readonly outcome: VerdictOutcome; readonly reason: string } {
  const heard = heardOf(commits.flat());
  const wanted =
    contexts.length === 0 ? [{ globs: AGENTS, needed: Math.max(1, readers) }] : wantedOf(contexts, clusters);
  const told = wanted.map(({ globs, needed }) => {
    const said = heard.filter(({ context }) => globs.some((glob) => matchesGlob(context, glob)));
    const failed = said.find(({ state }) => state === 'failed');
    const passed = said.filter(({ state }) => state === 'passed').length;
    const open = said.find(({ state, said: word }) => state === 'pending' && word !== undefined);
    return { globs, needed, failed: failed?.context, open, passed, isDone: passed >= needed && passed === said.length };
  });
  const failed = told.find((one) => one.failed !== undefined);
  if (failed?.failed !== undefined) {
    return { outcome: 'fail', reason: `${failed.failed} failed` };
  }
  const missing = told.find(({ isDone }) => !isDone);
  if (missing === undefined) {
    return { outcome: 'pass', reason: `${heard.length} statuses` };
  }
  const { passed, needed, globs, open } = missing;
  const why = open === undefined ? '' : `; ${open.context}: ${open.said ?? ''}`;
  return { outcome: 'pending', reason: `${passed} of ${needed} succeeded: ${globs.join(', ')}${why}` };
}

function wantedOf(
  contexts: readonly string[],
  clusters: readonly string[],
): readonly { readonly globs: readonly string[]; readonly needed: number }[] {
  return contexts.flatMap((glob) => {
    if (glob.includes('{cluster}')) {
      // Files of no cluster in particular: whoever reads them.
      const names = clusters.length === 0 ? ['*'] : clusters;
      return names.map((name) => ({ globs: [glob.replaceAll('{cluster}', name)], needed: 1 }));
    }
    return [{ globs: [glob], needed: /[*?]/.test(glob) ? Math.max(1, clusters.length) : 1 }];
  });
}

interface Heard {
  readonly context: string;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly said?: string;
}

function heardOf(statuses: readonly StatusOfCommit[]): readonly Heard[] {
  const same = Map.groupBy(statuses, ({ context, by = '' }) => JSON.stringify([context, by]));
  return [...same.values()].flatMap((all) => {
    const [first] = all;
    return first === undefined ? [] : [{ context: first.context, ...togetherOf(all) }];
  });
}

function togetherOf(all: readonly StatusOfCommit[]): Omit<Heard, 'context'> {
  const has = (...wanted: readonly StatusOfCommit['state'][]): boolean =>
    all.some(({ state }) => wanted.includes(state));
  const state = has('success') ? 'passed' : has('failure', 'error') ? 'failed' : 'pending';
  const [said] = all.flatMap(({ said: word = '' }) => (word === '' ? [] : [word])).toSorted();
  return { state, ...(said === undefined ? {} : { said }) };
}
