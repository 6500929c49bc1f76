import { describe, expect, it } from 'vitest';

import { USUAL_COMMITS, USUAL_PULL_REQUESTS } from '../../../shared/domain/image/writing-settings.ts';
import { Commits, PullRequests } from '../../../shared/fleet/schema/writing.ts';

describe('how commits and pull requests are written', () => {
  it('has the usual settings where the file says nothing', () => {
    expect(Commits.parse({})).toEqual(USUAL_COMMITS);
    expect(PullRequests.parse({})).toEqual(USUAL_PULL_REQUESTS);
  });

  it.each([
    { headline: 'build({count}): {what}', author: { name: 'Contoso Bot', email: 'bot@contoso.example' } },
    { headline: 'x' },
  ])('takes %j for commits', (settings) => {
    expect(Commits.parse(settings)).toEqual(settings);
  });

  it.each([
    { headline: '' },
    { headline: 'a\nReflex-Plan: p' },
    { headline: '{image}' },
    { headline: `{what}${'x'.repeat(80)}` },
    { author: { name: 'a <b>', email: 'a@b' } },
    { author: { name: 'a\nb', email: 'a@b' } },
    { author: { name: 'a', email: 'a@b>' } },
    { author: { name: 'a' } },
    { trailers: 1 },
  ])('refuses %j for commits', (settings) => {
    expect(Commits.safeParse(settings).success).toBe(false);
  });

  it.each([
    { group: 'image', branch: 'bots/{group}-{base}', title: '{group}: {what} into {base} ({count})' },
    { labels: ['images', 'a b'], reviewers: ['octocat'], teamReviewers: ['platform_team'], autoMerge: 'squash' },
    { text: '## Read me\n\n- and this' },
  ])('takes %j for pull requests', (settings) => {
    expect(PullRequests.parse(settings)).toEqual({ ...USUAL_PULL_REQUESTS, ...settings });
  });

  it.each([
    { group: 'team' },
    { branch: 'reflex/{group}' },
    { branch: 'reflex/{base}' },
    { branch: '{base}/../{group}' },
    { branch: 'reflex/{base}/{group}/' },
    { branch: '-{base}{group}' },
    { branch: '{base}{group}{stage}' },
    { title: '{tag}' },
    { title: 'a\nb' },
    { labels: [''] },
    { reviewers: ['@octocat'] },
    { teamReviewers: ['contoso/platform'] },
    { autoMerge: true },
    { text: 'x'.repeat(10_001) },
  ])('refuses %j for pull requests', (settings) => {
    expect(PullRequests.safeParse(settings).success).toBe(false);
  });
});
