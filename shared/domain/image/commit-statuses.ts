import { matchesGlob } from '../glob.ts';
import type { VerdictOutcome } from './progress.ts';

/** What one context says of one commit. */
export interface StatusOfCommit {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
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
    const said = [...heard].filter(([context]) => globs.some((glob) => matchesGlob(context, glob)));
    const failed = said.find(([, state]) => state === 'failed');
    const passed = said.filter(([, state]) => state === 'passed').length;
    return { globs, needed, failed: failed?.[0], passed, isDone: passed >= needed && passed === said.length };
  });
  const failed = told.find((one) => one.failed !== undefined);
  if (failed?.failed !== undefined) {
    return { outcome: 'fail', reason: `${failed.failed} failed` };
  }
  const missing = told.find(({ isDone }) => !isDone);
  return missing === undefined
    ? { outcome: 'pass', reason: `${heard.size} statuses` }
    : { outcome: 'pending', reason: `${missing.passed} of ${missing.needed} succeeded: ${missing.globs.join(', ')}` };
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

function heardOf(statuses: readonly StatusOfCommit[]): ReadonlyMap<string, 'passed' | 'failed' | 'pending'> {
  const states = Map.groupBy(statuses, ({ context }) => context);
  return new Map(
    [...states].map(([context, said]) => {
      const has = (...wanted: readonly StatusOfCommit['state'][]): boolean =>
        said.some(({ state }) => wanted.includes(state));
      return [context, has('success') ? 'passed' : has('failure', 'error') ? 'failed' : 'pending'];
    }),
  );
}
