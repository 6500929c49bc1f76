import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { USUAL_PULL_REQUESTS } from '../../../../shared/domain/image/writing-settings.ts';
import { policyInWords } from '../../../../shared/domain/image/policy-words.ts';
import { isArtifactTag } from '../../../../shared/domain/image/tag-filter.ts';
import type { ManifestFacts } from '../../../../shared/ports/image-registry.ts';
import {
  decideRollout,
  isRunnable,
  rulesFor,
  stagesForPushes,
} from '../../../../shared/reactions/image-rollout/decide.ts';
import { HOST, ruleOf, stageOf } from './facts.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const MANIFEST: ManifestFacts = { digest: DIGEST, mediaType: OCI, size: 100, annotations: {} };
const HEX = 'b'.repeat(64);

describe('a tag', () => {
  it.each([
    [`sha256-${HEX}`, true],
    [`sha256-${HEX}.sig`, true],
    [`sha256-${HEX}.att`, true],
    [`sha256-${HEX}.sbom`, true],
    [`sha256-${HEX}.zip`, true],
    [`sha256-${HEX}.sig.1`, true],
    [`sha256-${HEX.slice(1)}`, true],
    [`sha256-${HEX}0`, true],
    [`v-sha256-${HEX}`, false],
    [`sha256-${HEX.toUpperCase()}`, false],
    ['1.0.0', false],
  ])('%s says something about another image: %s', (tag, expected) => {
    expect(isArtifactTag(tag)).toBe(expected);
  });
});

describe('a manifest', () => {
  it.each<[string, Partial<ManifestFacts>, boolean]>([
    ['of OCI', {}, true],
    ['of Docker', { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' }, true],
    ['for several platforms, of OCI', { mediaType: 'application/vnd.oci.image.index.v1+json' }, true],
    [
      'for several platforms, of Docker',
      { mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json' },
      true,
    ],
    ['with a config of OCI', { artifactType: 'application/vnd.oci.image.config.v1+json' }, true],
    ['with a config of Docker', { artifactType: 'application/vnd.docker.container.image.v1+json' }, true],
    ['of a chart', { artifactType: 'application/vnd.cncf.helm.config.v1+json' }, false],
    ['of a signature', { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' }, false],
    ['that refers to another', { subject: DIGEST }, false],
    ['of an unknown kind', { mediaType: 'application/json' }, false],
  ])('%s is an image: %s %s', (_, more, expected) => {
    expect(isRunnable({ ...MANIFEST, ...more })).toBe(expected);
  });
});

describe('the rules for a repository', () => {
  it.each([
    ['shop/web', 'shop/web', true],
    ['shop/web', 'shop/api', false],
    ['shop/web', 'shop/web/debug', false],
    ['shop/web', 'web', false],
    ['shop/*', 'shop/web', true],
    ['shop/*', 'shop', false],
    ['shop/*', 'shop/web/debug', false],
    ['*/web', 'blog/web', true],
    ['*/web', 'blog/api', false],
    ['shop/w*', 'shop/web', false],
    ['shop/w.b', 'shop/web', false],
  ])('%s is about %s: %s', (pattern, repository, expected) => {
    const rule = ruleOf({ repository: pattern });
    expect(rulesFor([rule], HOST, repository)).toEqual(expected ? [rule] : []);
  });

  it('are those of its registry, all of them, in their order', () => {
    const rules = [
      ruleOf({ name: 'a' }),
      ruleOf({ name: 'b', registry: 'other.azurecr.io' }),
      ruleOf({ name: 'c', repository: '*/*' }),
    ];
    expect(rulesFor(rules, HOST, 'shop/web').map(({ name }) => name)).toEqual(['a', 'c']);
    expect(rulesFor(rules, 'other.azurecr.io', 'shop/web').map(({ name }) => name)).toEqual(['b']);
  });
});

describe('a rollout', () => {
  const facts = {
    image: `${HOST}/shop/web`,
    tag: '1.2.0',
    digest: DIGEST,
    above: [],
    signal: 'registry#1',
    asOf: '2026-01-01T00:00:00.000Z',
  };

  it('asks for one placement, by tag and digest, of each stage that takes pushes', () => {
    const rule = ruleOf({ mode: 'propose', stages: [stageOf('dev'), stageOf('test')] });
    const requests = stagesForPushes(rule).map((stage) => decideRollout({ ...facts, rule, stage }));
    expect(requests.map(({ gitops }) => gitops)).toEqual([rule.gitops, rule.gitops]);
    expect(requests.map(({ request }) => request)).toEqual(
      ['dev', 'test'].map((stage) => ({
        subject: `${HOST}/shop/web@${stage}`,
        by: { reaction: 'image-rollout' },
        cause: 'push',
        kind: 'image',
        value: {
          image: `${HOST}/shop/web`,
          stage,
          tag: '1.2.0',
          digest: DIGEST,
          paths: [`clusters/${stage}/**`],
        },
        mode: 'propose',
        reason: `by rule web: ${policyInWords(rule.policy)}`,
        signals: ['registry#1'],
        asOf: '2026-01-01T00:00:00.000Z',
      })),
    );
  });

  it.each([
    ['a stage behind another', stageOf('prod', { after: 'dev' })],
    ['a stage behind another, written by pull request', stageOf('prod', { after: 'dev', write: 'pull-request' })],
  ])('leaves %s to what opens that', (_, stage) => {
    expect(stagesForPushes(ruleOf({ stages: [stage] }))).toEqual([]);
  });

  it('names the tags that its policy ranks below, so that they may be replaced', () => {
    const { request } = decideRollout({ ...facts, above: ['b', '1.2.0', 'a'], rule: ruleOf(), stage: stageOf('dev') });
    expect(request.value['above']).toEqual(['a', 'b']);
  });

  it.each([
    [undefined, 'stage:prod'],
    ['all', 'all'],
    ['image', `image:${HOST}/shop/web`],
  ] as const)('says which pull request proposes it, by group %s', (group, expected) => {
    const rule = ruleOf({ stages: [stageOf('prod', { write: 'pull-request' }), stageOf('dev')] });
    const pullRequests = group === undefined ? {} : { pullRequests: { ...USUAL_PULL_REQUESTS, group } };
    const written = { ...rule, gitops: { ...rule.gitops, ...pullRequests } };
    const requests = stagesForPushes(written).map((stage) => decideRollout({ ...facts, rule: written, stage }));
    expect(requests.map(({ request }) => request.value['pullRequest'])).toEqual([expected, undefined]);
  });

  it('is the same occasion for each push of an image and stage, whatever the tag', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (tag, signal) => {
        const { request } = decideRollout({ ...facts, signal, tag, rule: ruleOf(), stage: stageOf('dev') });
        const { subject, by, cause } = request;
        expect({ subject, by, cause }).toEqual({
          subject: `${HOST}/shop/web@dev`,
          by: { reaction: 'image-rollout' },
          cause: 'push',
        });
      }),
    );
  });
});
