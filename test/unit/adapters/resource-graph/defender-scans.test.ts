import { describe, expect, it } from 'vitest';

import { DefenderScans, queryFor } from '../../../../shared/adapters/resource-graph/defender-scans.ts';

const SCOPE = '00000000-0000-4000-8000-000000000001';
const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Asked {
  readonly url: string;
  readonly authorization: string | null;
  readonly body: {
    readonly query: string;
    readonly subscriptions: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
  };
}

function scansOn(...answers: readonly (Response | object)[]): { scans: DefenderScans; asked: Asked[] } {
  const asked: Asked[] = [];
  const scans = new DefenderScans({
    armToken: () => Promise.resolve('the-token'),
    fetch: async (request) => {
      const body = (await request.json()) as Asked['body'];
      asked.push({ url: request.url, authorization: request.headers.get('authorization'), body });
      const answer = answers[Math.min(asked.length, answers.length) - 1]!;
      return answer instanceof Response ? answer.clone() : Response.json(answer);
    },
  });
  return { scans, asked };
}

function row(code: string, cve = 'CVE-2022-42969', severity = 'High', digest = DIGEST): object {
  return { id: `/subscriptions/s/${cve}`, digest, code, cve, severity };
}

describe("Defender's findings", () => {
  it("are asked for in the registry's subscription, page by page", async () => {
    const next = { data: [row('Unhealthy')], count: 1, resultTruncated: 'false', $skipToken: 'more' };
    const { scans, asked } = scansOn(next, { data: [row('Unhealthy', 'CVE-2')], resultTruncated: 'false' });
    const found = await scans.findings(SCOPE, [DIGEST]);
    expect(found.get(DIGEST)?.map(({ cve }) => cve)).toEqual(['CVE-2022-42969', 'CVE-2']);
    expect(asked.map(({ url }) => url)).toEqual(
      Array(2).fill('https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'),
    );
    expect(asked[0]?.authorization).toBe('Bearer the-token');
    expect(asked[0]?.body.subscriptions).toEqual([SCOPE]);
    expect(asked.map(({ body }) => body.options['$skipToken'])).toEqual([undefined, 'more']);
    expect(asked[0]?.body.query).toContain(`where about in ('${DIGEST}')`);
  });

  it.each([
    ['an exempt finding', [row('NotApplicable')], []],
    ['a healthy one', [row('Healthy')], []],
    ["the image's own word that it is well", [row('Healthy', '', '')], []],
    ['an unhealthy one', [row('unhealthy')], [{ cve: 'CVE-2022-42969', severity: 'High' }]],
    ['no row', [], undefined],
    ['a row about another digest', [row('Unhealthy', 'CVE-1', 'Low', `sha256:${'b'.repeat(64)}`)], undefined],
    ["the image's own word that it is not well, without what it was judged by", [row('Unhealthy', '', '')], undefined],
    [
      'that word with what it was judged by',
      [row('Unhealthy', '', ''), row('Unhealthy', 'CVE-1', 'Low')],
      [{ cve: 'CVE-1', severity: 'Low' }],
    ],
  ])('%s', async (_what, data, expected) => {
    const { scans } = scansOn({ data, resultTruncated: 'false' });
    expect((await scans.findings(SCOPE, [DIGEST])).get(DIGEST)).toEqual(expected);
  });

  it.each([
    ['a result that is cut off', { data: [], resultTruncated: 'true' }],
    ['a result that does not end', { data: [], resultTruncated: 'false', $skipToken: 'x' }],
    ['another shape', { data: { rows: [] } }],
    ['no JSON', new Response('<html>')],
    ['a refusal', new Response('{}', { status: 403 })],
    ['an outage', new Response('{}', { status: 503 })],
  ])('%s is an error, and nothing is clean by it', async (_what, answer) => {
    await expect(scansOn(answer).scans.findings(SCOPE, [DIGEST])).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
  });

  it('waits as long as it is told to', async () => {
    const throttled = new Response('{}', { status: 429, headers: { 'retry-after': '5' } });
    await expect(scansOn(throttled).scans.findings(SCOPE, [DIGEST])).rejects.toMatchObject({ retryAfterMs: 5_000 });
  });

  it.each([[[]], [["' or true"]], [[DIGEST, 'sha256:short']]])('asks about nothing but digests: %j', (digests) => {
    expect(() => queryFor(digests)).toThrow(RangeError);
  });
});
