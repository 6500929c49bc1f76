import { describe, expect, it } from 'vitest';

import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { edgeOf, originOf, outOf, situation } from './observed.ts';

const WEU = originOf('weu', { enabled: false });
const FIELDS = [{ subject: WEU.id, group: 'enabled', baseline: { enabled: true }, written: { enabled: false } }];
const LEAVING = outOf('weu', { state: 'leaving', mode: 'propose', approvals: { needed: 2, withinMs: 1_000 } });

describe('a way back that people have to agree to', () => {
  it('is not taken by a fold that they have not agreed to', () => {
    const observed = edgeOf([WEU, originOf('neu')]);
    const asked = situation({ leaving: [LEAVING], unapproved: [LEAVING], fields: FIELDS });
    const { steps, verdicts } = lookAtEdge(observed, asked);
    expect(steps).toEqual([]);
    expect(verdicts).toEqual([{ intent: LEAVING, outcome: 'blocked', reason: 'approvals 0/2', page: false }]);
  });

  it('is not taken for somebody who needs a healthy origin that stands by', () => {
    const observed = edgeOf([WEU, originOf('neu'), originOf('eus')], { minEnabled: 2, allowEnableStandby: true });
    const asked = situation({ acting: [outOf('neu')], leaving: [LEAVING], unapproved: [LEAVING], fields: FIELDS });
    expect(lookAtEdge(observed, asked).steps).toEqual([]);
  });

  it('is what the other fold shows them', () => {
    const observed = edgeOf([WEU, originOf('neu')]);
    const { steps } = lookAtEdge(observed, situation({ leaving: [LEAVING], fields: FIELDS }));
    expect(steps.map(({ title }) => title)).toEqual(['weu: back in']);
  });

  it('is over where somebody else has brought the origin back', () => {
    const observed = edgeOf([originOf('weu'), originOf('neu')]);
    const asked = situation({ leaving: [LEAVING], unapproved: [LEAVING], fields: FIELDS });
    const { steps, verdicts } = lookAtEdge(observed, asked);
    expect(steps).toEqual([]);
    expect(verdicts).toEqual([{ intent: LEAVING, outcome: 'gone' }]);
  });
});
