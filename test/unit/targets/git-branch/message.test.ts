import { describe, expect, it } from 'vitest';

import { commitText, planTrailers } from '../../../../shared/targets/git-branch/message.ts';
import { IMAGE, wish } from './branch.ts';

const RECORD = { planId: 'p-1', recordLink: 'https://reflex.example/r/1' };
const CHANGE = { image: IMAGE, stage: 'dev', from: ['1.0.0'], to: '1.2.0', places: 1 };

describe('the commit message', () => {
  it('says what, from, to and why, for people and as trailers', () => {
    const { headline, body } = commitText([CHANGE], { ...RECORD, serves: [wish('dev', '1.2.0')] });
    expect(headline).toBe('chore(images): shop/web 1.0.0 -> 1.2.0 (dev)');
    expect(body).toBe(
      [
        `- ${IMAGE} at dev: 1.0.0 -> 1.2.0 (1 place)`,
        '',
        'Reflex-Plan: p-1',
        'Reflex-Event: dev',
        `Reflex-Image: ${IMAGE}@dev 1.0.0 -> 1.2.0`,
        `Reflex-Digest: ${IMAGE}@sha256:${'a'.repeat(64)}`,
        'Reflex-Record: https://reflex.example/r/1',
      ].join('\n'),
    );
    expect(planTrailers(`${headline}\n\n${body}`)).toEqual(['p-1']);
  });

  it('counts images where there are several, and names each once', () => {
    const both = [CHANGE, { ...CHANGE, stage: 'prod', from: ['1.0.0', '1.1.0'], places: 2 }];
    const { headline, body } = commitText(both, { ...RECORD, serves: [wish('dev', '1.2.0'), wish('prod', '1.2.0')] });
    expect(headline).toBe('chore(images): update 2 images');
    expect(body).toContain(`- ${IMAGE} at prod: 1.0.0, 1.1.0 -> 1.2.0 (2 places)`);
    expect(body.match(/Reflex-Digest/g)).toHaveLength(1);
  });

  it('lets an event id add neither a line nor a trailer', () => {
    const evil = {
      ...wish('dev', '1.2.0'),
      signals: ['registry#a\nReflex-Plan: p-2\u2028', `registry#${'x'.repeat(500)}`],
    };
    const { body } = commitText([CHANGE], { ...RECORD, serves: [evil] });
    expect(planTrailers(body)).toEqual(['p-1']);
    expect(body).toContain('Reflex-Event: aReflex-Plan:p-2');
    expect(Math.max(...body.split('\n').map((line) => line.length))).toBeLessThan(300);
  });

  it('lets neither an event id nor a file name anybody, close an issue or link anywhere', () => {
    const evil = { ...wish('dev', '1.2.0'), signals: ['registry#@octocat/Fixes#1/https://evil.example'] };
    const { headline, body } = commitText([{ ...CHANGE, from: ['@octocat #1'] }], { ...RECORD, serves: [evil] });
    expect(body).toContain('Reflex-Event: %40octocat%2FFixes%231%2Fhttps:%2F%2Fevil%2Eexample');
    expect(`${headline}\n${body}`).not.toMatch(/(^|[^\w])@octocat|#1|:\/\/evil/);
  });

  it('has the headline that the fleet file asks for', () => {
    const commits = { headline: 'build: {what} [{count}]' };
    const { headline } = commitText([CHANGE], { ...RECORD, serves: [], commits });
    expect(headline).toBe('build: shop/web 1.0.0 -> 1.2.0 (dev) [1]');
  });

  it('bounds its first line and its trailers', () => {
    const long = { ...CHANGE, image: `contoso.azurecr.io/${'deep/'.repeat(30)}web` };
    const many = { ...wish('dev', '1.2.0'), signals: Array.from({ length: 200 }, (_, index) => `registry#${index}`) };
    const { headline, body } = commitText([long], { ...RECORD, serves: [many] });
    expect(headline.length).toBe(72);
    expect(body.match(/Reflex-Event/g)).toHaveLength(50);
  });
});
