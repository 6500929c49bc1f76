import { describe, expect, it } from 'vitest';

import type { ManualStepSettings } from '../../../../shared/domain/traffic/manual.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { written } from './look.ts';
import { edgeOf, emergencyOf, originOf, outOf, sharesOf, situation } from './observed.ts';

const BEFORE: ManualStepSettings = {
  ...{ name: 'promote', title: 'promote', instruction: 'do it', when: 'before', on: 'drain' },
  ...{ approvals: 1, timeoutMs: 60_000, onTimeout: 'pause' },
};
const AFTER: ManualStepSettings = { ...BEFORE, name: 'tell', title: 'tell', when: 'after' };
const WEU = originOf('weu').id;

function look(asked: Partial<Situation>, { hasGates = false, manual = [BEFORE, AFTER] } = {}) {
  const plain = edgeOf([originOf('weu'), originOf('neu'), originOf('eus')]);
  const { steps, change } = lookAtEdge({ ...plain, hasGates, edge: { ...plain.edge, manual } }, situation(asked));
  return { steps: steps.map(({ title }) => title), change, milestones: steps.map(({ milestone }) => milestone) };
}

const asking = (intent: Intent): readonly string[] => look({ acting: [intent] }).steps;

describe('people around a drain', () => {
  it.each([
    ['an emergency', emergencyOf('weu')],
    ['a planned move', outOf('weu')],
  ])('are asked before and after %s', (_, intent) => {
    expect(asking(intent)).toEqual(['weu: promote', 'weu: out (its weight 100 stays)', 'weu: tell']);
    expect(look({ acting: [intent] }).change).toBeUndefined();
  });

  it.each([
    ['a drill', outOf('weu', { value: { enabled: false, urgency: 'drill', untilMs: 60_000 } })],
    ['shares', sharesOf({ weu: 50 })],
    ['a command that goes without', outOf('weu', { value: { enabled: false, overrides: ['manual-step-waits'] } })],
  ])('are not asked for %s', (_, intent) => {
    expect(asking(intent).filter((title) => /promote|tell/.test(title))).toEqual([]);
    expect(look({ acting: [intent] }).change).toBeDefined();
  });

  it('are not asked again where somebody else has put back in what we had out', () => {
    const fields = [{ subject: WEU, group: 'enabled', baseline: { enabled: true }, written: { enabled: false } }];
    expect(look({ acting: [emergencyOf('weu')], fields }).steps).toEqual(['weu: out (its weight 100 stays)']);
  });

  it('are asked once where a gate and an origin move one after the other', () => {
    const { steps, milestones } = look({ acting: [emergencyOf('weu')] }, { hasGates: true });
    expect(steps.filter((title) => title === 'weu: promote')).toHaveLength(1);
    expect(milestones.filter((one) => one === 'drain')).toHaveLength(1);
  });

  it('are asked in the order of the file, one origin after the other', () => {
    const acting = [outOf('weu'), outOf('neu', { cause: 'another' })];
    const { steps } = look({ acting }, { manual: [BEFORE, { ...BEFORE, name: 'second', title: 'second' }] });
    expect(steps.slice(0, 4)).toEqual(['neu: promote', 'neu: second', 'weu: promote', 'weu: second']);
  });

  it('are asked about the origins that they are for', () => {
    const { steps } = look({ acting: [outOf('weu')] }, { manual: [{ ...BEFORE, origins: ['neu'] }] });
    expect(steps).toEqual(['weu: out (its weight 100 stays)']);
  });

  it('are not asked again in the same plan once it is done, or left out', () => {
    for (const state of ['done', 'skipped'] as const) {
      const journal = [written('weu', 'x', { state }, { id: 'weu:manual:promote' })];
      expect(look({ acting: [outOf('weu')], journal }).steps[0]).toBe('weu: out (its weight 100 stays)');
    }
  });

  it('are not asked again where this plan has moved the traffic already, and it is to be moved once more', () => {
    const changes = [{ subject: WEU, group: 'enabled', from: { enabled: true }, to: { enabled: false } }];
    const journal = [written('weu', 'enabled', {}, { milestone: 'drain', changes })];
    expect(look({ acting: [outOf('weu')], journal }).steps).toEqual(['weu: out (its weight 100 stays)', 'weu: tell']);
  });
});
