import { describe, expect, it } from 'vitest';

import { formatFinding } from '../../../shared/fleet/findings.ts';
import { edgeText } from './edge-text.ts';
import { build } from './fleet-text.ts';

const STEP = { name: 'promote-db', title: 'promote the database', instruction: '1. do it', when: 'before' };
const WORKSPACE = '00000000-0000-4000-8000-0000000000B1';

function findingsOf(...manual: readonly object[]): readonly string[] {
  return build(edgeText({ manual })).findings.map((finding) => formatFinding(finding).replace(/^[^ ]+ /, ''));
}

describe('steps of people', () => {
  it('are none where the file says nothing', () => {
    expect(build(edgeText()).fleet?.edges[0]).not.toHaveProperty('manual');
  });

  it('have these settings where the file says no more than it must', () => {
    const { fleet, findings } = build(edgeText({ manual: [STEP] }));
    expect(findings).toEqual([]);
    expect(fleet?.edges[0]?.manual).toEqual([
      { ...STEP, on: 'drain', approvals: 1, timeoutMs: 1_800_000, onTimeout: 'pause' },
    ]);
  });

  it('have whatever the file says, by the names of the origins', () => {
    const plain = { ...STEP, when: 'after', on: 'restore', approvals: 0, onTimeout: 'cancel' };
    const evidence = { workspace: WORKSPACE, query: ' print done = true ' };
    const given = { ...plain, origins: ['ORIGIN-neu'], evidence, timeout: '2h' };
    expect(build(edgeText({ manual: [given] })).fleet?.edges[0]?.manual).toEqual([
      {
        ...plain,
        origins: ['origin-NEU'],
        evidence: { workspace: WORKSPACE.toLowerCase(), query: 'print done = true' },
        timeoutMs: 7_200_000,
      },
    ]);
  });

  it.each([
    ['a name twice', [STEP, STEP], '`promote-db` is there twice: people could not say which is done'],
    ['an origin that there is not', [{ ...STEP, origins: ['origin-nue'] }], '`origin-nue` is no origin of this edge'],
    ['nobody who tells', [{ ...STEP, approvals: 0 }], '0 without `evidence`: nothing would tell that it is done'],
    ['no instruction', [{ ...STEP, instruction: ' ' }], 'expected what people are to do, 3000 characters at most'],
    ['a title of two lines', [{ ...STEP, title: 'a\nb' }], 'expected one line of 1 to 100 characters'],
    ['another moment', [{ ...STEP, when: 'during' }], 'before'],
    ['another end', [{ ...STEP, onTimeout: 'ignore' }], 'pause'],
    ['a query of nothing', [{ ...STEP, evidence: { workspace: WORKSPACE, query: '' } }], 'expected a KQL query'],
  ])('are refused with %s', (_, manual, message) => {
    const findings = findingsOf(...manual);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(message);
  });
});
