import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PromotionStack, promotionFleet } from './promotion-stack.ts';

/** Commits and looks follow each other. */
const GENEROUS_MS = 90_000;
const COLUMNS = ['value', 'samples'];
const LOGS = {
  ...{ workspace: '00000000-0000-4000-8000-0000000000b1', minData: 100, max: 1 },
  query: 'AppRequests | where AppVersion == reflex_tag | summarize value = avg(x), samples = count()',
};

describe('what a stage is verified by, on the local stack', { timeout: GENEROUS_MS }, () => {
  let stack: PromotionStack;

  beforeAll(async () => {
    const checkRun = { names: ['argocd/{cluster}'], app: 'argo-cd' };
    stack = await PromotionStack.start(promotionFleet({ dev: [{ checkRun }], prod: [{ logs: LOGS }] }));
  });

  afterAll(async () => {
    await stack.process.remove();
  });

  async function argoSays(conclusion: string): Promise<void> {
    const head_sha = await stack.process.git('rev-parse', 'main');
    const run = { name: 'argocd/shop-dev', app: 'argo-cd', head_sha, conclusion };
    await stack.github('POST', '/repos/contoso/shop-gitops/check-runs', run);
  }

  it('a check run lets a version through once it has succeeded', async () => {
    await stack.push('1.1.0');
    await stack.ticksUntil(() => stack.holds('dev', '1.1.0'));
    await argoSays('skipped');
    await stack.ticksUntil(async () => (await stack.progress('dev')).reason.includes('argocd/shop-dev: skipped'));
    expect(await stack.progress('dev')).toMatchObject({ tag: '1.1.0', verdict: 'pending' });
    expect(await stack.holds('prod', '1.0.0')).toBe(true);
    await argoSays('success');
    await stack.ticksUntil(() => stack.holds('prod', '1.1.0'));
  });

  it('logs let it stay when they are complete and good, and only then', async () => {
    const reason = async (text: string): Promise<void> => {
      await stack.ticksUntil(async () => (await stack.progress('prod')).reason.includes(text));
    };
    await stack.logsSay(COLUMNS, []);
    await reason('0 of 100 samples');
    await stack.logsSay(COLUMNS, [[0.2, 5_000]], { partial: true });
    await reason('not-asked');
    expect(await stack.progress('prod')).toMatchObject({ tag: '1.1.0', verdict: 'pending' });
    await stack.logsSay(COLUMNS, [[0.2, 5_000]]);
    await stack.ticksUntil(async () => (await stack.progress('prod')).verdict === 'pass');
  });

  it('and take it out again when they are bad', async () => {
    await stack.logsSay(COLUMNS, [[7, 5_000]], { when: 'let reflex_tag = "1.2.0"' });
    await stack.push('1.2.0');
    await stack.ticksUntil(() => stack.holds('dev', '1.2.0'));
    await argoSays('success');
    await stack.ticksUntil(async () => (await stack.progress('prod')).held.length > 0);
    await stack.ticksUntil(() => stack.holds('prod', '1.1.0'));
    expect(await stack.process.git('log', '-1', '--format=%s')).toContain('1.2.0 -> 1.1.0 (prod)');
  });
});
