import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import type { FleetRepository } from '../../../../shared/fleet/model.ts';
import { branchTarget, pullRequestTargets, targetOf } from '../../../../shared/pipeline/images/targets.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { groupOfTarget, pullRequestTarget } from '../../../../shared/targets/git-branch/pull-requests/index.ts';
import { wish } from '../../targets/git-branch/branch.ts';

const REPOSITORY: FleetRepository = { name: 'shop', owner: 'Contoso', repo: 'GitOps', branch: 'main' };
const BRANCH = branchTarget(REPOSITORY);

function proposed(stage: string, group: string) {
  const intent = wish(stage, '1.2.0');
  return { ...intent, value: { ...intent.value, pullRequest: group } };
}

describe('the targets of a branch', () => {
  it('are the branch itself and its pull requests, with the same rows', () => {
    expect(targetOf(REPOSITORY, wish('dev', '1.2.0'))).toEqual(BRANCH);
    const target = targetOf(REPOSITORY, proposed('prod', 'stage:prod'));
    expect(target).toEqual({
      kind: 'git-pull-request',
      key: 'github.com/contoso/gitops#main!stage:prod',
      partition: BRANCH.key,
    });
    expect(groupOfTarget(target)).toBe('stage:prod');
  });

  it('are looked at while anything is wanted of them or open at the host, and no longer', async () => {
    const rows = new TargetRows(new InMemoryRowStore());
    const groups = async () => pullRequestTargets(BRANCH, await rows.load(BRANCH)).map(groupOfTarget);
    const save = async (group: string, change: Parameters<typeof rows.save>[2]) => {
      const target = pullRequestTarget(BRANCH, group);
      await rows.save(target, await rows.load(target), change);
    };
    const mark = { subject: 'reflex/main/x', group: 'pull-request', baseline: {}, written: { isOpen: true } };
    await save('all', { lane: { fields: [mark] } });
    await save('stage:idle', { lane: { recent: [] } });
    await save('stage:b', { intents: [proposed('b', 'stage:b'), { ...proposed('c', 'stage:c'), state: 'closed' }] });
    await rows.save(BRANCH, await rows.load(BRANCH), { intents: [wish('dev', '1.2.0')], lane: { fields: [mark] } });
    expect(await groups()).toEqual(['all', 'stage:b']);
    await save('all', { lane: { fields: [] } });
    expect(await groups()).toEqual(['stage:b']);
  });
});
