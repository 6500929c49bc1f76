import { beforeEach, describe, expect, it } from 'vitest';

import { ALICE, BRANCH, Office, PLAN, RITA } from './people.ts';

const REPORT = `GET /plans/${PLAN.id}/report`;

describe('the report on a plan', () => {
  let office: Office;

  beforeEach(() => {
    office = new Office();
  });

  it('can be read by everybody who reads', async () => {
    await office.store(PLAN);
    for (const person of [RITA, ALICE]) {
      expect(await office.call(REPORT, person)).toMatchObject({
        plan: { id: PLAN.id, state: 'waiting' },
        steps: [{ title: PLAN.steps[0]!.title, outcome: 'not-sent' }],
        drills: [],
      });
    }
  });

  it.each([
    ['md', 'text/markdown; charset=utf-8', /^# shop\/apps/],
    ['html', 'text/html; charset=utf-8', /^<!doctype html>[^]*Content-Security-Policy/],
  ])('is one file for people: %s', async (format, type, text) => {
    await office.store(PLAN);
    const { headers, body } = await office.request(`${REPORT}?format=${format}`, RITA);
    expect(headers).toMatchObject({
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(body).toMatch(text);
  });

  it('is there for a plan of a branch as well', async () => {
    await office.store({ ...PLAN, target: BRANCH }, BRANCH);
    expect(await office.call(REPORT, RITA)).toMatchObject({ plan: { target: BRANCH } });
  });

  it.each([
    ['there is no such plan', REPORT.replace('1/report', '9/report'), 404],
    ['nobody knows the format', `${REPORT}?format=pdf`, 400],
  ])('is refused where %s', async (_, asked, status) => {
    await office.store(PLAN);
    expect(await office.call(asked, RITA)).toMatchObject({ status });
  });
});
