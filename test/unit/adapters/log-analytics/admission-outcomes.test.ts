import { describe, expect, it } from 'vitest';

import { LogAnalyticsAdmission } from '../../../../shared/adapters/log-analytics/admission-outcomes.ts';

const QUERY = { workspace: '00000000-0000-4000-8000-00000000000f', query: 'Ratify | project digest, verified' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

function admissionOn(answer: object): { admission: LogAnalyticsAdmission; asked: { query: string }[] } {
  const asked: { query: string }[] = [];
  const admission = new LogAnalyticsAdmission({
    logToken: () => Promise.resolve('token'),
    fetch: async (request) => {
      asked.push((await request.json()) as { query: string });
      return Response.json(answer);
    },
  });
  return { admission, asked };
}

function rows(...verified: readonly unknown[]): object {
  const columns = [{ name: 'digest' }, { name: 'verified' }];
  return { tables: [{ columns, rows: verified.map((one) => [DIGEST, one]) }] };
}

describe('what admission checks say', () => {
  it.each([
    ['of an image that none has seen', rows(), undefined],
    ['that all have verified', rows(true, 1), true],
    ['that one has refused', rows(true, false), false],
    ['in words that mean nothing', rows('yes'), false],
    ['with nothing in them', rows(null), false],
  ])('%s', async (_what, answer, expected) => {
    expect(await admissionOn(answer).admission.isVerified(QUERY, DIGEST)).toBe(expected);
  });

  it('is asked for about one digest', async () => {
    const { admission, asked } = admissionOn(rows());
    await admission.isVerified(QUERY, DIGEST);
    expect(asked[0]?.query).toContain(`| where tostring(digest) == '${DIGEST}'`);
    await expect(admission.isVerified(QUERY, "' or true")).rejects.toThrow(RangeError);
  });

  it('with other columns, or in part, is an error', async () => {
    const other = { tables: [{ columns: [{ name: 'digest' }], rows: [[DIGEST]] }] };
    await expect(admissionOn(other).admission.isVerified(QUERY, DIGEST)).rejects.toMatchObject({ status: 502 });
    const part = { ...rows(true), error: { code: 'PartialError' } };
    await expect(admissionOn(part).admission.isVerified(QUERY, DIGEST)).rejects.toMatchObject({ status: 502 });
  });
});
