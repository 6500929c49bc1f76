import * as z from 'zod';

import { CalendarDate, Duration, Holiday, Mode, Name, Percent, Select, text, TimeZone, Window } from './scalars.ts';

export const Schedule = z.strictObject({
  select: Select,
  up: z.array(Window).min(1).max(50),
  timeZone: TimeZone.optional(),
  holidays: z.array(Holiday).max(400).default([]),
  mode: Mode.optional(),
});

export const Upgrade = z.strictObject({
  stages: z
    .array(
      z.strictObject({
        select: Select,
        soak: Duration.optional(),
        oneRegionAtATime: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(50),
  mode: Mode.optional(),
});

const BudgetAction = z
  .strictObject({ offHours: Name.optional(), notify: Name.optional() })
  .refine(({ offHours, notify }) => (offHours === undefined) !== (notify === undefined), {
    error: 'expected either `offHours` or `notify`',
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

export const Budget = z.strictObject({
  resourceId: text({
    expected: 'an ARM id of Microsoft.Consumption/budgets',
    pattern: /^\/[Ss]ubscriptions\/.+\/providers\/[Mm]icrosoft[.][Cc]onsumption\/budgets\/[^/]+$/,
    examples: ['/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.Consumption/budgets/dev'],
  }),
  at: Percent.meta({ description: 'share of the budget at which to act' }),
  then: z.array(BudgetAction).min(1).max(10),
  mode: Mode.optional(),
});

/** What goes on in a freeze when it is excepted. */
const FREEZE_EXCEPTIONS = ['drain', 'restore', 'images', 'upgrades', 'offHours'] as const;

export const Freeze = z
  .strictObject({
    from: CalendarDate,
    to: CalendarDate,
    select: Select.optional().meta({ description: 'absent: the whole fleet' }),
    except: z.array(z.enum(FREEZE_EXCEPTIONS)).default([]),
    reason: z.string().min(1).max(500).optional(),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'expected a day on or after `from`' });

export const Notify = z.strictObject({
  webhook: z.strictObject({
    keyVaultSecret: text({
      expected: 'the name of a Key Vault secret',
      pattern: /^[0-9A-Za-z-]{1,127}$/,
      examples: ['teams-webhook'],
    }).meta({ description: 'the secret holds the URL: a URL of its own would be a secret in Git' }),
  }),
});
