import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryCheckRuns } from '../../../../shared/adapters/in-memory/check-runs.ts';
import { CheckRunVerifier } from '../../../../shared/adapters/stage-verifiers/check-run.ts';
import { CommitStatusVerifier } from '../../../../shared/adapters/stage-verifiers/commit-status.ts';
import { HttpVerifier } from '../../../../shared/adapters/stage-verifiers/http.ts';
import { judgeMetric, MetricVerifier } from '../../../../shared/adapters/azure-monitor/stage-metric.ts';
import type { MetricCheck } from '../../../../shared/domain/image/verification.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import type { VerifiedStage } from '../../../../shared/ports/stage-verifier.ts';

const clock = new VirtualClock();
const repository = new InMemoryGitRepository({ clock, branch: 'main', files: [] });
const stage: VerifiedStage = {
  ...{ image: 'contoso.azurecr.io/shop/web', stage: 'prod', tag: '1.1.0', digest: `sha256:${'a'.repeat(64)}` },
  ...{
    check: '0:x',
    repository,
    branch: 'main',
    isRecorded: true,
    mayAct: true,
    host: { owner: 'contoso', repo: 'gitops' },
  },
  commits: [],
  since: clock.now().toISOString(),
  clusters: ['c1'],
  readers: 1,
  wrong: 0,
};

it('commit statuses are those of every commit that holds the version', async () => {
  const { commit } = await repository.head('main');
  repository.setStatus(commit, { context: 'kustomization/apps/1', state: 'success', description: '' });
  const check = { kind: 'commitStatus', contexts: [], timeoutMs: 1 } as const;
  expect(await new CommitStatusVerifier().verify(check, { ...stage, commits: [commit] })).toMatchObject({
    outcome: 'pass',
  });
});

it('check runs are those of every commit that holds the version, by the right to read them', async () => {
  const checks = new InMemoryCheckRuns();
  const [ours, later] = ['a'.repeat(40), 'b'.repeat(40)];
  const run = { name: 'argocd/c1', app: 'argo-cd', suite: 1, status: 'completed' };
  checks.post(ours, { ...run, conclusion: 'neutral' });
  const opened: unknown[] = [];
  const verifier = new CheckRunVerifier((host) => {
    opened.push(host);
    return Promise.resolve(checks);
  });
  const check = { kind: 'checkRun', names: ['argocd/{cluster}'], timeoutMs: 1 } as const;
  const asked = { ...stage, commits: [ours, later] };
  expect(await verifier.verify(check, asked)).toMatchObject({ outcome: 'pending' });
  checks.post(later, { ...run, conclusion: 'success' });
  expect(await verifier.verify(check, asked)).toMatchObject({ outcome: 'pass' });
  expect(await verifier.verify({ ...check, app: 'other' }, asked)).toMatchObject({ outcome: 'pending' });
  expect(opened[0]).toEqual(stage.host);
});

describe('a probe', () => {
  const check = { kind: 'http', url: 'https://shop.example/healthz', status: 200, failures: 2, timeoutMs: 1 } as const;
  const answering = (status: number): HttpVerifier =>
    new HttpVerifier({ clock, fetch: () => Promise.resolve(new Response(null, { status })) });

  it.each([
    [200, 1, { outcome: 'pass', wrong: 0 }],
    [500, 0, { outcome: 'pending', wrong: 1 }],
    [302, 1, { outcome: 'fail', wrong: 2 }],
  ] as const)('answered %i after %i wrong ones', async (status, wrong, expected) => {
    expect(await clock.run(answering(status).verify(check, { ...stage, wrong }))).toMatchObject(expected);
  });

  it('that is not answered, or would not go by https, says nothing', async () => {
    const silent = new HttpVerifier({ clock, fetch: () => new Promise(() => undefined) });
    await expect(clock.run(silent.verify(check, stage))).rejects.toThrow(UpstreamError);
    await expect(answering(200).verify({ ...check, url: 'http://shop.example/' }, stage)).rejects.toThrow(
      UpstreamError,
    );
  });
});

describe('a metric', () => {
  const check: MetricCheck = {
    ...{
      kind: 'metric',
      resourceId:
        '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.Cdn/profiles/shop',
    },
    ...{ metric: 'Percentage5XX', aggregation: 'average', minutes: 5, minData: 2, max: 1, timeoutMs: 1 },
  };

  it.each([
    [[0.5, 1.5], {}, 'pass'],
    [[0.5, 1.6], {}, 'fail'],
    [[9], {}, 'pending'],
    [[1, 1], { aggregation: 'total' }, 'fail'],
    [[0, 1], { aggregation: 'maximum' }, 'pass'],
    [[0, 1], { min: 0.6 }, 'fail'],
  ] as const)('of %j with %o', (values, more, outcome) => {
    expect(judgeMetric(values, { ...check, ...more }).outcome).toBe(outcome);
  });

  it('is asked for the minutes since the version is there', async () => {
    const now = clock.now().getTime();
    const minute = (ago: number): number => now - ago * 60_000;
    const data = [4, 3, 2, 1].map((ago) => ({
      timeStamp: new Date(minute(ago)).toISOString(),
      average: ago > 2 ? 99 : 0.1,
    }));
    const name = { value: 'Percentage5XX' };
    const body = { value: [{ name, errorCode: 'Success', timeseries: [{ data }] }] };
    const asked: string[] = [];
    const verifier = new MetricVerifier({
      ...{ clock, lagMs: 0, endpoint: 'https://arm.example', armToken: () => Promise.resolve('t') },
      fetch: (request) => {
        asked.push(request.url);
        return Promise.resolve(Response.json(body));
      },
    });
    expect(await verifier.verify(check, { ...stage, since: new Date(minute(2)).toISOString() })).toMatchObject({
      outcome: 'pass',
    });
    expect(await verifier.verify(check, { ...stage, since: new Date(minute(4)).toISOString() })).toMatchObject({
      outcome: 'fail',
    });
    expect(asked[0]).not.toContain('filter');
  });

  it('that cannot be told says nothing', async () => {
    const body = { value: [{ name: { value: 'Percentage5XX' }, errorCode: 'NotFound' }] };
    const options = {
      clock,
      lagMs: 0,
      armToken: () => Promise.resolve('t'),
      fetch: () => Promise.resolve(Response.json(body)),
    };
    await expect(new MetricVerifier(options).verify(check, stage)).rejects.toThrow(UpstreamError);
  });
});
