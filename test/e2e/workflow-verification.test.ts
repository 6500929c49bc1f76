import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PromotionStack, promotionFleet } from './promotion-stack.ts';

const SMOKE = `name: Smoke
run-name: smoke \${{ inputs.tag }} at \${{ inputs.stage }} (\${{ inputs.reflex }})
on:
  workflow_dispatch:
    inputs:
      reflex: { required: true }
      image: { required: true }
      tag: { required: true }
      digest: { required: true }
      stage: { required: true }
      commit: { required: true }
      suite: { default: all }
jobs:
  smoke: { runs-on: ubuntu-latest, steps: [{ run: echo }] }
`;
/** The stack starts three times. */
const GENEROUS_MS = 120_000;
const ACTIONS = '/repos/contoso/shop-gitops/actions';

interface SeenRun {
  readonly id: number;
  readonly display_title: string;
  readonly inputs: Readonly<Record<string, string>>;
}

describe('a stage that is verified by a workflow, on the local stack', { timeout: GENEROUS_MS }, () => {
  let stack: PromotionStack;

  beforeAll(async () => {
    const workflow = { file: 'smoke.yaml', inputs: { suite: 'quick' } };
    const fleet = promotionFleet({ dev: [{ workflow }], prod: [] });
    stack = await PromotionStack.start(fleet, { '.github/workflows/smoke.yaml': SMOKE });
  });

  afterAll(async () => {
    await stack.process.remove();
  });

  /** Newest first. */
  async function runsOf(tag: string): Promise<readonly SeenRun[]> {
    const { workflow_runs: runs } = (await stack.github('GET', `${ACTIONS}/workflows/smoke.yaml/runs`)) as {
      readonly workflow_runs: readonly SeenRun[];
    };
    return runs.filter(({ inputs }) => inputs['tag'] === tag);
  }

  async function ends(run: SeenRun, conclusion: string): Promise<void> {
    await stack.github('PATCH', `/repos/contoso/shop-gitops/_local/runs/${run.id}`, { conclusion });
  }

  const reads = async (text: string): Promise<void> => {
    await stack.ticksUntil(async () => (await stack.progress('dev')).reason.includes(text));
  };

  it('starts one run, though the process dies when it has asked for it', async () => {
    await stack.ticksUntil(async () => (await runsOf('1.0.0')).length > 0);
    await reads('queued');
    await stack.process.stop();
    await stack.restart({ REFLEX_LOCAL_CRASH: 'workflows.dispatch:after:1' });
    await stack.push('1.1.0');
    const dying = stack.ticksUntil(() => Promise.resolve(stack.process.hasEnded)).catch(() => undefined);
    await stack.process.exited();
    await dying;
    await stack.restart();
    await stack.ticksUntil(async () => {
      const { tag, reason } = await stack.progress('dev');
      return tag === '1.1.0' && reason.includes('queued');
    });
    await stack.tick();
    const runs = await runsOf('1.1.0');
    expect(runs).toHaveLength(1);
    const { digest = '', ...inputs } = runs[0]?.inputs ?? {};
    expect(inputs).toMatchObject({ image: 'contoso.azurecr.io/shop/web', stage: 'dev', suite: 'quick' });
    expect(inputs['commit']).toBe(await stack.process.git('rev-parse', 'main'));
    expect(digest).toMatch(/^sha256:/);
    expect(runs[0]?.display_title).toContain(inputs['reflex']);
  });

  it('goes on when the run that somebody has started again succeeds', async () => {
    const [run] = await runsOf('1.1.0');
    await ends(run!, 'cancelled');
    await reads('cancelled');
    expect(await stack.progress('dev')).toMatchObject({ verdict: 'inconclusive', held: [] });
    expect(await stack.holds('prod', '1.0.0')).toBe(true);
    await stack.github('POST', `${ACTIONS}/runs/${run!.id}/rerun`);
    await ends(run!, 'success');
    await stack.ticksUntil(() => stack.holds('prod', '1.1.0'));
    expect(await runsOf('1.1.0')).toHaveLength(1);
  });

  it('goes back when the run fails', async () => {
    await stack.push('1.2.0');
    await stack.ticksUntil(async () => (await runsOf('1.2.0')).length > 0);
    expect(await stack.holds('dev', '1.2.0')).toBe(true);
    const [run] = await runsOf('1.2.0');
    await ends(run!, 'failure');
    await stack.ticksUntil(() => stack.holds('dev', '1.1.0'));
    expect(await stack.holds('prod', '1.1.0')).toBe(true);
    expect(await stack.progress('dev')).toMatchObject({ held: [{ tag: '1.2.0', cause: 'verification' }] });
    expect(await runsOf('1.2.0')).toHaveLength(1);
  });
});
