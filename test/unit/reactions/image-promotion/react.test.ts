import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../../../shared/adapters/in-memory/git-repository.ts';
import { newProgress, type StageProgress } from '../../../../shared/domain/image/progress.ts';
import { RateLimitedError, UpstreamError } from '../../../../shared/errors.ts';
import type { FleetStage } from '../../../../shared/fleet/model.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../../../shared/ports/stage-verifier.ts';
import { askAll } from '../../../../shared/reactions/image-promotion/index.ts';

const clock = new VirtualClock();
const NOW = clock.now().toISOString();
const ROW: StageProgress = {
  ...newProgress({ image: 'contoso.azurecr.io/shop/web', stage: 'prod' }, NOW),
  current: {
    ...{ tag: '1.1.0', digest: 'sha256:a', commit: 'c0', at: NOW, isForeign: false, isRollback: false },
    heads: ['c0', 'c1', 'c2', 'c3'],
  },
};
const STAGE: FleetStage = {
  ...{ name: 'prod', paths: ['prod/**'], write: 'commit', clusters: ['shop-prod'] },
  verify: [
    { kind: 'http', url: 'https://shop.example/', status: 200, failures: 3, timeoutMs: 1 },
    { kind: 'workflow', file: 'smoke.yaml', inputs: {}, timeoutMs: 1 },
  ],
};

function by(kind: StageVerifier['kind'], verify: (stage: VerifiedStage) => VerificationAnswer | Error): StageVerifier {
  return {
    kind,
    verify: async (_, stage) => {
      await Promise.resolve();
      const answer = verify(stage);
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  };
}

async function ask(verifiers: readonly StageVerifier[], row = ROW) {
  const repository = new InMemoryGitRepository({ clock, branch: 'main', files: [] });
  const host = { owner: 'contoso', repo: 'gitops', branch: 'main' };
  return await askAll(row, STAGE, { clock, verifiers, repository, host, mayAct: true, readers: 1 }, true);
}

describe('the verifications of a stage', () => {
  it('are asked in their order, each when those before it have passed', async () => {
    const seen: VerifiedStage[] = [];
    const pass = by('http', () => ({ outcome: 'pass', reason: 'well' }));
    const second = by('workflow', (stage) => {
      seen.push(stage);
      return { outcome: 'pending', reason: 'runs' };
    });
    expect(await ask([pass, second])).toMatchObject([{ check: '0:http' }, { check: '1:workflow', reason: 'runs' }]);
    expect(seen).toMatchObject([
      {
        ...{ image: ROW.image, stage: 'prod', tag: '1.1.0', digest: 'sha256:a', since: NOW },
        ...{ commits: ['c0', 'c2', 'c3'], clusters: ['shop-prod'], branch: 'main', isRecorded: true, mayAct: true },
      },
    ]);
    const wait = by('http', () => ({ outcome: 'pending', reason: 'not yet' }));
    expect(await ask([wait, second])).toMatchObject([{}, { outcome: 'pending', reason: 'waits-for: 0:http' }]);
    expect(seen).toHaveLength(1);
  });

  it('say nothing where nobody can be asked, and say why', async () => {
    const why = async (error: Error): Promise<string | undefined> => (await ask([by('http', () => error)]))[0]?.reason;
    expect(await why(new UpstreamError('probe', 502))).toBe('not-asked: REFLEX_UPSTREAM: probe failed with HTTP 502');
    expect(await why(new RateLimitedError('probe', 123))).toBe('not-asked: REFLEX_RATE_LIMITED');
    expect((await ask([]))[0]).toMatchObject({ outcome: 'pending', reason: 'nobody-to-ask' });
    await expect(ask([by('http', () => new TypeError('ours'))])).rejects.toThrow(TypeError);
  });

  it('keep what was started and wrong answers until there are others', async () => {
    const checks = [
      { check: '0:http', outcome: 'pass', reason: '', at: NOW, wrong: 2 },
      { check: '1:workflow', outcome: 'pending', reason: '', at: NOW, started: 'dispatched smoke.yaml' },
    ] as const;
    const row = { ...ROW, verdict: { ...ROW.verdict, checks } };
    const down = by('http', () => new UpstreamError('probe', 0));
    expect(await ask([down], row)).toMatchObject([{ wrong: 2 }, { started: 'dispatched smoke.yaml' }]);
  });
});
