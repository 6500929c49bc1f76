import { describe, expect, it } from 'vitest';

import { formatFinding } from '../../../shared/fleet/findings.ts';
import { edgeText } from './edge-text.ts';
import { build } from './fleet-text.ts';

const evidence = { workspace: '00000000-0000-4000-8000-0000000000B1', query: ' print lagSeconds = 5 ' };

function findingsOf(data: object): readonly string[] {
  return build(edgeText({ data })).findings.map((finding) => formatFinding(finding).replace(/^[^ ]+ /, ''));
}

describe('the data behind an edge', () => {
  it('is asked about where the file says so, by the workspace in lower case', () => {
    const { fleet, findings } = build(edgeText({ data: { rpo: '30s', evidence } }));
    expect(findings).toEqual([]);
    expect(fleet?.edges[0]?.dataTier).toEqual({
      workspace: evidence.workspace.toLowerCase(),
      query: 'print lagSeconds = 5',
    });
  });

  it('is not asked about otherwise', () => {
    expect(build(edgeText()).fleet?.edges[0]).not.toHaveProperty('dataTier');
  });

  it.each([
    ['a limit that nobody can measure', { rpo: '30s' }, 'without `data.evidence` nobody can tell `rpo`: name a query'],
    ['an order that nobody can tell', { first: true }, 'without `data.evidence` nobody can tell `first`: name a query'],
    ['answers that count for nothing', { evidence }, 'neither `data.first` nor `data.rpo` is set'],
    ['a query of nothing', { rpo: '30s', evidence: { ...evidence, query: '' } }, 'expected a KQL query'],
  ])('is remarked on with %s', (_, data, message) => {
    expect(findingsOf(data).join('\n')).toContain(message);
  });
});
