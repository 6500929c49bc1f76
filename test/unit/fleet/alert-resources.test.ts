import { describe, expect, it } from 'vitest';

import { parseCeiling } from '../../../shared/fleet/ceiling.ts';
import { formatFinding } from '../../../shared/fleet/findings.ts';
import { CLUSTERS, edgeText, FRONT_DOOR, GROUP, SUBSCRIPTION } from './edge-text.ts';
import { build } from './fleet-text.ts';

const COMPONENT = `${GROUP}/Microsoft.Insights/components/Shop`;
const WORKSPACE = `${GROUP}/Microsoft.OperationalInsights/workspaces/shop`;

const withSubjects = (alertResources: object): string => edgeText({ evidence: { alertResources } });

describe('what alerts are on', () => {
  it('is known by ARM id, and its origin by the name that the origin has', () => {
    const { fleet, findings } = build(withSubjects({ [COMPONENT]: 'ORIGIN-neu', [WORKSPACE]: 'All' }));
    expect(findings.map(formatFinding)).toEqual([]);
    expect(fleet?.edges[0]?.evidence?.alertResources).toEqual({
      [COMPONENT.toLowerCase()]: 'origin-NEU',
      [WORKSPACE.toLowerCase()]: 'all',
    });
  });

  it.each([
    ['an origin that there is not', { [COMPONENT]: 'origin-nue' }, 'unknown-reference', 'did you mean `origin-NEU`?'],
    [
      'no origin and not all',
      { [COMPONENT]: 'any' },
      'unknown-reference',
      '`any` is no origin of this edge and not `all`',
    ],
    ['no name', { [COMPONENT]: '' }, 'not-valid', 'expected the name of an origin of this edge, or all'],
    ['a list', { [COMPONENT]: ['all'] }, 'wrong-type', 'expected'],
    ['a name instead of an ARM id', { 'appi-shop': 'all' }, 'not-valid', 'expected an ARM id of a resource'],
    ['a subscription', { [SUBSCRIPTION]: 'all' }, 'not-valid', 'expected an ARM id of a resource'],
    ['half of an ARM id', { [`${GROUP}/Microsoft.Insights/components`]: 'all' }, 'not-valid', 'expected an ARM id'],
    ['the same twice', { [COMPONENT]: 'all', [COMPONENT.toLowerCase()]: 'all' }, 'conflict', 'there twice'],
  ])('is refused where it is %s', (_, alertResources, code, message) => {
    const { findings } = build(withSubjects(alertResources));
    const errors = findings.filter((finding) => finding.code !== 'last-good');
    expect(errors).toEqual([
      expect.objectContaining({ severity: 'error', code, message: expect.stringContaining(message) as string }),
    ]);
    expect(errors[0]?.path).toMatch(/^edges[.]shop[.]evidence[.]alertResources/);
  });

  it('is left out where it is outside of the ceiling, or its origin is', () => {
    const { resourceId } = CLUSTERS['shop-weu'] as { readonly resourceId: string };
    const targets = { resources: [FRONT_DOOR.resourceId, resourceId, `${GROUP}/Microsoft.Insights`] };
    const test = `${GROUP}/Microsoft.Insights/webtests/neu`;
    const text = withSubjects({ [COMPONENT]: 'origin-west-europe', [WORKSPACE]: 'all', [test]: 'origin-neu' });
    const { fleet, findings } = build(text, [], parseCeiling({ targets }));
    expect(fleet?.edges[0]?.evidence?.alertResources).toEqual({ [COMPONENT.toLowerCase()]: 'origin-West-Europe' });
    expect(findings.filter(({ path }) => path.includes('alertResources'))).toEqual([
      expect.objectContaining({
        code: 'outside-ceiling',
        path: `edges.shop.evidence.alertResources.${WORKSPACE}`,
        message: `\`${WORKSPACE}\` is outside this deployment's ceiling and is left out`,
      }),
    ]);
  });
});
