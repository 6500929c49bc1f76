import { describe, expect, it } from 'vitest';
import fc from 'fast-check';

import { parseCeiling } from '../../../shared/fleet/ceiling.ts';
import type { FleetCluster } from '../../../shared/fleet/model.ts';
import { CLUSTERS, edgeText, GROUP } from './edge-text.ts';
import { build } from './fleet-text.ts';

const POOL = `${GROUP}/Microsoft.ContainerService/managedClusters/shop-weu/agentPools/apps`.toLowerCase();
const MODES = ['observe', 'propose', 'enforce'] as const;

/** The fleet whose cluster `shop-weu` says how it is scaled up. */
function withScaleUp(scaleUp: unknown, defaults: object = {}): string {
  const weu = { ...CLUSTERS['shop-weu'], capacity: { perNode: 80, scaleUp } };
  return edgeText({}, { clusters: { ...CLUSTERS, 'shop-weu': weu }, defaults });
}

function weuOf(text: string, ceiling = parseCeiling({})): FleetCluster | undefined {
  return build(text, [], ceiling).fleet?.clusters.find(({ name }) => name === 'shop-weu');
}

describe('scale-up of a cluster', () => {
  it('names the pool by its id in lower case, and observes unless told otherwise', () => {
    expect(weuOf(withScaleUp({ pool: 'apps' }))).toMatchObject({
      capacityPerNode: 80,
      scaleUp: { pool: POOL, mode: 'observe' },
    });
    expect(weuOf(withScaleUp({ pool: 'apps' }))?.scaleUp).not.toHaveProperty('maxNodes');
  });

  it('has its own limit and mode, or the mode of the defaults', () => {
    const own = withScaleUp({ pool: 'apps', maxNodes: 12, mode: 'enforce' }, { mode: 'propose' });
    expect(weuOf(own)?.scaleUp).toEqual({ pool: POOL, maxNodes: 12, mode: 'enforce' });
    expect(weuOf(withScaleUp({ pool: 'apps' }, { mode: 'propose' }))?.scaleUp?.mode).toBe('propose');
  });

  it('is absent where nothing is said of it', () => {
    const { fleet, findings } = build(edgeText(), [], parseCeiling({ modes: { 'scale-up': 'observe' } }));
    expect(fleet?.clusters.filter((cluster) => 'scaleUp' in cluster)).toEqual([]);
    expect(findings).toEqual([]);
  });

  it('changes the revision', () => {
    const revisions = [{ pool: 'apps' }, { pool: 'other' }, { pool: 'apps', maxNodes: 5 }].map(
      (scaleUp) => build(withScaleUp(scaleUp)).fleet?.revision,
    );
    expect(new Set(revisions).size).toBe(3);
  });

  it.each([
    [{ pool: 'Apps' }, 'scaleUp.pool', 'expected the name of a node pool'],
    [{ pool: '1apps' }, 'scaleUp.pool', 'expected the name of a node pool'],
    [{ pool: 'a-pool' }, 'scaleUp.pool', 'expected the name of a node pool'],
    [{ pool: 'abcdefghijklm' }, 'scaleUp.pool', 'expected the name of a node pool'],
    [{ pool: '' }, 'scaleUp.pool', 'expected the name of a node pool'],
    [{ pool: 'apps', maxNodes: 0 }, 'scaleUp.maxNodes', 'expected a whole number from 1 to 1000'],
    [{ pool: 'apps', maxNodes: 1001 }, 'scaleUp.maxNodes', 'expected a whole number from 1 to 1000'],
    [{ pool: 'apps', maxNodes: 2.5 }, 'scaleUp.maxNodes', 'expected a whole number from 1 to 1000'],
    [{ pool: 'apps', mode: 'on' }, 'scaleUp.mode', 'observe'],
    [{ pool: 'apps', maxnodes: 5 }, 'scaleUp.maxnodes', 'maxNodes'],
    [{ maxNodes: 5 }, 'scaleUp', 'pool'],
  ])('%j is refused at %s', (scaleUp, path, message) => {
    const { fleet, findings } = build(withScaleUp(scaleUp));
    expect(fleet).toBeUndefined();
    expect(findings).toEqual([
      expect.objectContaining({
        severity: 'error',
        path: expect.stringContaining(`clusters.shop-weu.capacity.${path}`) as string,
        message: expect.stringContaining(message) as string,
      }),
    ]);
  });

  it('needs to know what a node carries', () => {
    const weu = { ...CLUSTERS['shop-weu'], capacity: { scaleUp: { pool: 'apps' } } };
    const { fleet } = build(edgeText({}, { clusters: { ...CLUSTERS, 'shop-weu': weu } }));
    expect(fleet).toBeUndefined();
  });
});

describe('ceiling', () => {
  it.each([
    [{ 'scale-up': 'propose' }, 'propose'],
    [{ '*': 'observe' }, 'observe'],
    [{ '*': 'observe', 'scale-up': 'propose' }, 'propose'],
  ])('%j clamps the mode to %s, and says so', (modes, expected) => {
    const text = withScaleUp({ pool: 'apps', mode: 'enforce' });
    const { fleet, findings } = build(text, [], parseCeiling({ modes }));
    expect(fleet?.clusters.find(({ name }) => name === 'shop-weu')?.scaleUp?.mode).toBe(expected);
    expect(findings).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        code: 'above-ceiling',
        path: 'clusters.shop-weu.capacity.scaleUp.mode',
        message: `mode enforce is above this deployment's ceiling for scale-up: ${expected} is in force`,
      }),
    );
  });

  it('clamps the mode of the defaults as well', () => {
    const text = withScaleUp({ pool: 'apps' }, { mode: 'enforce' });
    expect(weuOf(text, parseCeiling({ modes: { 'scale-up': 'observe' } }))?.scaleUp?.mode).toBe('observe');
  });

  it('never gives more than it allows, nor more than was asked for', () => {
    const mode = fc.constantFrom(...MODES);
    const other = fc.constantFrom('region-failover', 'off-hours', 'scale-up', '*');
    fc.assert(
      fc.property(mode, fc.dictionary(other, mode), (asked, modes) => {
        const given = weuOf(withScaleUp({ pool: 'apps', mode: asked }), parseCeiling({ modes }))?.scaleUp?.mode;
        const bound = modes['scale-up'] ?? modes['*'] ?? 'enforce';
        const least = Math.min(MODES.indexOf(asked), MODES.indexOf(bound));
        expect(given).toBe(MODES[least]);
      }),
    );
  });

  it('takes it away with its cluster', () => {
    const resources = [`${GROUP}/Microsoft.Cdn`, `${GROUP}/Microsoft.ContainerService/managedClusters/shop-neu`];
    expect(weuOf(withScaleUp({ pool: 'apps' }), parseCeiling({ targets: { resources } }))).toBeUndefined();
  });
});
