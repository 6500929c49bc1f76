import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { promotionFleet, PromotionStack } from './promotion-stack.ts';

describe('an image goes from dev to prod on the local stack', () => {
  let stack: PromotionStack;

  beforeAll(async () => {
    const verify = [{ commitStatus: { contexts: ['kustomization/{cluster}/*'] } }];
    stack = await PromotionStack.start(promotionFleet({ dev: verify, prod: verify }));
  });

  afterAll(async () => {
    await stack.process.remove();
  });

  /** What Flux's notification controller would post about the head. */
  async function says(cluster: string, state: string): Promise<void> {
    const head = await stack.process.git('rev-parse', 'main');
    const context = `kustomization/${cluster}/0c9c2e41`;
    await stack.github('POST', `/repos/contoso/shop-gitops/statuses/${head}`, { state, context });
  }

  it('when its commit was reported well and it has soaked', async () => {
    await stack.push('1.1.0');
    await stack.ticksUntil(() => stack.holds('dev', '1.1.0'));
    expect(await stack.holds('prod', '1.0.0')).toBe(true);
    await says('shop-dev', 'success');
    await stack.ticksUntil(() => stack.holds('prod', '1.1.0'));
  });

  it('and comes back from prod, byte for byte, when that reports a failure', async () => {
    await says('shop-prod', 'failure');
    await stack.ticksUntil(() => stack.holds('prod', '1.0.0'));
    expect(await stack.holds('dev', '1.1.0')).toBe(true);
    expect(await stack.process.git('log', '-1', '--format=%s')).toContain('1.1.0 -> 1.0.0 (prod)');
    expect(await stack.call('GET', 'progress', 'rita')).toMatchObject([
      200,
      {
        progress: [
          { stage: 'dev', tag: '1.1.0', verdict: 'pass', soakLeftMs: 0, held: [] },
          { stage: 'prod', held: [{ tag: '1.1.0', cause: 'verification' }] },
        ],
      },
    ]);
  });
});
