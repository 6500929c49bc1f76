import { describe, expect, it } from 'vitest';

import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { edgeOf, originOf, outOf, situation } from './observed.ts';

/** What a plan that goes back has written: weu is out. */
const FIELDS = [
  { subject: originOf('weu').id, group: 'enabled', baseline: { enabled: true }, written: { enabled: false } },
];

describe('going back', () => {
  it('gives back what was taken, whatever the probes say of it', () => {
    const observed = edgeOf([originOf('weu', { enabled: false, healthy: false }), originOf('neu')]);
    const { steps } = lookAtEdge(observed, situation({ fields: FIELDS, isUndoing: true }));
    expect(steps.map(({ title }) => title)).toEqual(['weu: back in']);
  });

  it('takes the last one away for nobody: steps back obey the rules', () => {
    const observed = edgeOf([originOf('weu', { enabled: false }), originOf('neu')]);
    const acting = [outOf('weu'), outOf('neu', { cause: 'another' })];
    const { steps, verdicts } = lookAtEdge(observed, situation({ acting, fields: FIELDS, isUndoing: true }));
    expect(steps).toEqual([]);
    expect(verdicts).toContainEqual(expect.objectContaining({ outcome: 'blocked', reason: 'last-enabled' }));
  });
});

describe('a write that is still at work', () => {
  const observed = { ...edgeOf([originOf('weu', { enabled: false }), originOf('neu')]), isTerminal: false };

  it('is waited for', () => {
    const { steps, change, wait } = lookAtEdge(observed, situation({ fields: FIELDS }));
    expect(steps).toHaveLength(1);
    expect(change).toBeUndefined();
    expect(wait).toEqual({ ms: 5_000, reason: 'busy' });
  });

  it('is not waited for by an emergency', () => {
    const origins = [originOf('weu'), originOf('neu')];
    const acting = [outOf('weu', { value: { enabled: false, urgency: 'emergency' } })];
    const { change } = lookAtEdge({ ...edgeOf(origins), isTerminal: false }, situation({ acting }));
    expect(change).toEqual({ id: originOf('weu').id, enabled: false });
  });
});
