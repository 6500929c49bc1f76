import { Command, Option } from 'commander';

import { PlanPage, PlanView } from '../../shared/api/people/plan-schemas.ts';
import { PLAN_STATES } from '../../shared/reconcile/plan.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { FollowUp } from './follow-up.ts';
import { planPath } from './plan-id.ts';
import { planTable, planText } from './plan-text.ts';
import { planWords } from './plan-words.ts';
import { presentOf, stopLines } from './present.ts';
import { reportCommand } from './report-command.ts';
import { watchCommand } from './watch-plan.ts';

interface ListOptions extends ConnectionOptions {
  readonly state?: string;
  readonly limit: string;
  readonly after?: string;
}

/** `reflex plans` */
export function plansCommand(surroundings: Surroundings): Command {
  const plans = new Command('plans')
    .summary('look at plans, say yes or no to them, stop them')
    .description('What reflex is about to do, is doing and has done. `reflex plans` lists them.')
    .addCommand(listCommand(surroundings), { isDefault: true })
    .addCommand(showCommand(surroundings))
    .addCommand(watchCommand(surroundings))
    .addCommand(exportCommand(surroundings))
    .addCommand(reportCommand(surroundings))
    .helpCommand(false);
  planWords(surroundings).forEach((command) => plans.addCommand(command));
  return plans;
}

function listCommand(surroundings: Surroundings): Command {
  const { output } = surroundings;
  return withConnection(new Command('list').description('Lists plans, newest first.'))
    .addOption(
      new Option('--state <state>', 'only those in this state; live: that are not over').choices([
        ...PLAN_STATES,
        'live',
      ]),
    )
    .option('--limit <number>', 'at most so many, 1 to 100', '20')
    .option('--after <cursor>', 'the next page: what the last one ended with')
    .action(async (options: ListOptions) => {
      await connected(surroundings, options, async (client) => {
        const { state, limit, after } = options;
        const query = new URLSearchParams({ limit, ...(state && { state }), ...(after && { after }) });
        const page = await client.get(`plans?${query.toString()}`, PlanPage);
        const more = page.next === undefined ? [] : [`more: --after ${page.next}`];
        const lines =
          options.json === true
            ? [JSON.stringify(page, null, 2)]
            : [...(await stopLines(client)), ...planTable(page.plans), ...more];
        lines.forEach((line) => output.out(line));
        return 0;
      });
    });
}

function showCommand(surroundings: Surroundings): Command {
  const { output } = surroundings;
  return withConnection(
    new Command('show').description('Shows a plan: who asked for it, its steps, what must hold, what was sent.'),
  )
    .argument('<id>', 'of the plan, or its first digits')
    .action(async (id: string, options: ConnectionOptions) => {
      await connected(surroundings, options, async (client) => {
        const plan = await client.get(await planPath(client, id), PlanView);
        const follow = new FollowUp(options, surroundings.world);
        const lines =
          options.json === true
            ? [JSON.stringify(plan, null, 2)]
            : planText(plan, follow, await presentOf(client, plan));
        lines.forEach((line) => output.out(line));
        return 0;
      });
    });
}

function exportCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('export')
      .summary('print what is left of a plan as az rest commands')
      .description(
        'Prints what is left of a plan as a script for bash and az: read, compare, write, for the day on which reflex\n' +
          'is what is down. It stops at the first thing that is not as planned, and can be started again.',
      ),
  )
    .argument('<id>', 'of the plan, or its first digits')
    .option('--undo', 'the way back of what it has written and would write, last step first')
    .addHelpText('after', '\nExample:\n  reflex plans export ID > plan.sh; less plan.sh; bash plan.sh')
    .action(async (id: string, options: ConnectionOptions & { readonly undo?: boolean }) => {
      await connected(surroundings, options, async (client) => {
        const format = options.json === true ? 'json' : 'bash';
        const direction = options.undo === true ? 'back' : 'forth';
        const query = new URLSearchParams({ format, direction }).toString();
        const text = await client.text(`${await planPath(client, id)}/export?${query}`);
        surroundings.output.out(text.trimEnd());
        return 0;
      });
    });
}
