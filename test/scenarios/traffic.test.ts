import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import * as z from 'zod';

import { outcomeOf, type Outcome } from '../../cli/simulate/outcome.ts';
import { play } from '../../cli/simulate/play.ts';
import { Scenario } from '../../cli/simulate/scenario.ts';

const Final = z.array(z.looseObject({ region: z.string(), weight: z.number(), enabled: z.boolean() }));
const Expected = z.looseObject({
  decision: z.string(),
  accept: z.array(z.string()).default([]),
  reason: z.string().optional(),
  writes: z.number().optional(),
  page: z.boolean().optional(),
  final: Final.optional(),
  weights: z.record(z.string(), z.number()).optional(),
});
const Case = z.looseObject({ id: z.string(), name: z.string(), category: z.string(), expect: Expected });
const File = z.looseObject({ scenarios: z.array(z.unknown()) });

/** Reasons that FORMAT.md marks with p, by the decision that they belong to; a name stands for what begins with it. */
const PAGING: Readonly<Record<string, readonly string[]>> = {
  refuse: [
    ...['config-error:', 'gate-off', 'kill-switch', 'insufficient-capacity', 'last-enabled', 'last-healthy'],
    ...['max-drain-fraction', 'no-snapshot', 'state-changed'],
  ],
  hold: ['cooldown', 'kill-switch', 'not-regional'],
  ignore: ['pinned'],
  failstatic: [''],
  escalate: [''],
  rollback: [''],
  'needs-human': [''],
};

function mayPage({ decision, reason = '' }: Outcome): boolean {
  return PAGING[decision]?.some((known) => reason.startsWith(known)) ?? false;
}

/** What is asked of an outcome, and what there is of it. */
function compared(
  expected: z.infer<typeof Expected>,
  outcome: Outcome,
): { readonly is: object; readonly asked: object } {
  const { decision, accept, reason, final, ...rest } = expected;
  // Another answer that can be defended has reasons of its own.
  const isListed = outcome.decision === decision;
  const asked = {
    decision: [decision, ...accept].includes(outcome.decision) ? outcome.decision : decision,
    chain: true,
    ...(rest.page === undefined ? {} : { page: rest.page }),
    ...(rest.weights === undefined ? {} : { weights: rest.weights }),
    ...(isListed && rest.writes !== undefined ? { writes: rest.writes } : {}),
    ...(isListed && reason !== undefined ? { reason: begins(outcome.reason, reason) ? outcome.reason : reason } : {}),
    ...(final === undefined ? {} : { final: byRegion(final) }),
  };
  const whole = { ...outcome, final: byRegion(outcome.final) };
  const is = Object.fromEntries(Object.entries(whole).filter(([name]) => name in asked));
  return { asked, is };
}

/** A reason that ends with * stands for every reason that begins so. */
function begins(reason = '', expected: string): boolean {
  return expected.endsWith('*') && reason.startsWith(expected.slice(0, -1));
}

function byRegion(final: Outcome['final']): object {
  return Object.fromEntries(final.map(({ region, weight, enabled }) => [region.toLowerCase(), { weight, enabled }]));
}

describe.each(['traffic.json', 'traffic-more.json', 'traffic-pairs.json', 'traffic-hostile.json'])(
  'the scenarios of test/cases/%s',
  (file) => {
    const { scenarios } = File.parse(JSON.parse(readFileSync(`test/cases/${file}`, 'utf8')));
    const cases = scenarios.map((raw) => {
      const { id, name, category, expect: expected } = Case.parse(raw);
      return { title: `${id} (${category}): ${name}`, raw, expected };
    });

    it.each(cases)('$title', async ({ raw, expected }) => {
      const scenario = Scenario.parse(raw);
      const outcome = await outcomeOf(scenario.id, await play(scenario));
      const { is, asked } = compared(expected, outcome);
      expect(is).toEqual(asked);
      if (expected.page === undefined && outcome.page) {
        expect([outcome.decision, outcome.reason, mayPage(outcome)]).toEqual([outcome.decision, outcome.reason, true]);
      }
    });
  },
);
