import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EvidenceSettings } from '../../../../shared/domain/traffic/evidence-settings.ts';
import { subjectsOn } from '../../../../shared/signals/alerts/subjects.ts';
import { read } from './alerts.ts';

const GUID = '00000000-0000-0000-0000-0000000000cc';
const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourcegroups/obs/providers';
const COMPONENT = `${GROUP}/microsoft.insights/components/appi`;
const WEB_TESTS = `${GROUP}/microsoft.insights/webtests`;

describe('the workspace of a log alert', () => {
  const link = (text: unknown): Readonly<Record<string, unknown>> => ({
    'alertContext.condition.allOf': [{ dimensions: [], linkToSearchResultsAPI: text }],
  });

  it.each([
    ['the link to the results', read('logV2'), GUID],
    ['WorkspaceId', read('logV1', { 'alertContext.WorkspaceId': GUID.toUpperCase() }), GUID],
    [
      'the link of another cloud',
      read('logV2', link(`https://api.loganalytics.us/v1/workspaces/${GUID}/query?q`)),
      GUID,
    ],
    ['a component', read('logV1'), undefined],
    ['another host', read('logV2', link(`https://evil.example/v1/workspaces/${GUID}/query?q`)), undefined],
    [
      'a host in the path',
      read('logV2', link(`https://x/https://api.loganalytics.io/v1/workspaces/${GUID}/query?`)),
      undefined,
    ],
    ['no GUID', read('logV2', link(`https://api.loganalytics.io/v1/workspaces/${'-'.repeat(36)}/query?q`)), undefined],
    ['a resource', read('logV2', link('https://api.loganalytics.io/v1/subscriptions/s/query?q')), undefined],
    ['no text', read('logV2', link({})), undefined],
    ['no id', read('logV1', { 'alertContext.WorkspaceId': 'law-fleet' }), undefined],
  ])('by %s', (_, { workspace }, expected) => {
    expect(workspace).toBe(expected);
  });
});

it('the web test of an availability test is told by its name', () => {
  expect(read('availabilityTest').webTest).toBe('webtest-weu-appi-fleet');
  expect(read('metric')).not.toHaveProperty('webTest');
});

describe('what an alert is about by what its edge names', () => {
  const subjects = (
    evidence: Partial<EvidenceSettings>,
    alert: Partial<Parameters<typeof subjectsOn>[1]>,
  ): readonly string[] => subjectsOn({ evidence: { clusterIds: {}, ...evidence } }, { targets: [], ...alert });
  const alertResources = { [COMPONENT]: 'all', [`${WEB_TESTS}/weu`]: 'origin-weu', [`${WEB_TESTS}/neu`]: 'origin-neu' };
  const logs = [{ name: 'errors', workspace: GUID, query: '' }];

  it.each([
    ['the resource in other letters', { targets: [COMPONENT.toUpperCase()] }, ['all']],
    ['what lies below', { targets: [`${COMPONENT}/x/y`] }, ['all']],
    ['a name that begins alike', { targets: [`${COMPONENT}2`] }, []],
    ['a web test of the component', { targets: [COMPONENT], webTest: 'WEU' }, ['origin-weu']],
    ['a web test that nobody names', { targets: [COMPONENT], webTest: 'eus' }, ['all']],
    ['a web test of another component', { targets: [COMPONENT.replace('obs', 'other')], webTest: 'weu' }, []],
    ['a web test, where it is no component', { targets: [`${GROUP}/a.b/c/d`], webTest: 'weu' }, []],
    ['two web tests', { targets: [`${WEB_TESTS}/weu`, `${WEB_TESTS}/neu`] }, ['origin-weu', 'origin-neu']],
    ['the workspace of a query', { workspace: GUID }, ['all']],
    ['another workspace', { workspace: GUID.replace('cc', 'dd') }, []],
    ['no ARM id', { targets: ['x'] }, []],
    ['nothing', {}, []],
  ])('%s', (_, alert, expected) => {
    expect(subjects({ alertResources, logs }, alert)).toEqual(expected);
  });

  it('is nothing on an edge that names nothing, whatever the alert says', () => {
    const texts = fc.oneof(fc.string(), fc.constantFrom(COMPONENT, WEB_TESTS, GUID));
    fc.assert(
      fc.property(fc.array(texts), texts, texts, (targets, workspace, webTest) => {
        expect(subjectsOn({}, { targets, workspace, webTest })).toEqual([]);
        expect(subjects({}, { targets, workspace, webTest })).toEqual([]);
      }),
    );
  });
});
