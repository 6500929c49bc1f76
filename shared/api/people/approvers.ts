import { matchesGlob } from '../../domain/glob.ts';
import { branchTarget } from '../../pipeline/images/targets.ts';
import type { Approval, Plan } from '../../reconcile/plan.ts';
import { partitionOf, type TargetRef } from '../../reconcile/target-kind.ts';
import type { Person } from '../authenticate.ts';
import type { StoredPlan } from '../../reconcile/stored-plan.ts';
import type { PeopleFleet } from './route.ts';

/**
 * Says which Entra group keeps a person from deciding about a plan: the groups of every team that owns something the
 * plan changes, and the deployment's own bound on approvers. Pure.
 *
 * @param bound - groups of which a person must be in one, whatever the fleet files say; an empty list lets nobody.
 * @returns undefined if nothing does: no group is asked for, and the role is enough.
 */
export function missingGroup(
  { groups }: Pick<Person, 'groups'>,
  stored: StoredPlan,
  { fleet, bound }: { readonly fleet: PeopleFleet; readonly bound: readonly string[] | undefined },
): string | undefined {
  const isIn = (group: string): boolean => groups.some((one) => one.toLowerCase() === group.toLowerCase());
  if (bound !== undefined && !bound.some(isIn)) {
    return 'the approvers of this deployment';
  }
  const team = teamsOf(stored, fleet).find((name) => {
    const approvers = fleet.sections?.teams[name]?.approvers;
    return approvers !== undefined && !isIn(approvers);
  });
  return team === undefined ? undefined : `the approvers of team ${team}`;
}

/**
 * Makes the question that the loop asks before it acts on a plan: are those who agreed to it still its approvers? The
 * groups are those of their tokens when they said yes; whoever leaves a group in Entra is found at their next token.
 */
export function approverCheck(fleet: () => Promise<PeopleFleet>, bound: readonly string[] | undefined) {
  return async (target: TargetRef, plan: Plan, { groups }: Approval): Promise<boolean> =>
    groups === undefined || missingGroup({ groups }, { plan, target }, { fleet: await fleet(), bound }) === undefined;
}

function teamsOf({ plan, target }: StoredPlan, fleet: PeopleFleet): readonly string[] {
  if (target.kind === 'edge') {
    return fleet.edges.filter(({ id }) => id === plan.target).flatMap(teamsOfOne);
  }
  if (target.kind === 'cluster') {
    // What grows there is for the edges before it.
    const names = fleet.clusters.filter(({ resourceId }) => resourceId.key === plan.target).map(({ name }) => name);
    const before = fleet.edges.filter(({ origins }) => origins.some(({ cluster }) => names.includes(cluster)));
    return before.flatMap(teamsOfOne);
  }
  const served = plan.serves.map(({ subject }) => imageOf(subject));
  return fleet.images
    .filter(({ gitops }) => branchTarget(gitops).key === partitionOf(target))
    .filter((rule) =>
      served.some(({ registry, repository }) => registry === rule.registry && matchesGlob(repository, rule.repository)),
    )
    .flatMap(teamsOfOne);
}

function teamsOfOne({ team }: { readonly name: string; readonly team?: string }): readonly string[] {
  return team === undefined ? [] : [team];
}

/** Registry and repository of a subject such as `contoso.azurecr.io/shop/web@dev`. */
function imageOf(subject: string): { readonly registry: string; readonly repository: string } {
  const [registry = '', ...path] = subject.replace(/@[^@]*$/, '').split('/');
  return { registry, repository: path.join('/') };
}
