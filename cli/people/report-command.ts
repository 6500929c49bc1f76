import { Command, Option } from 'commander';

import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { planPath } from './plan-id.ts';

interface ReportOptions extends ConnectionOptions {
  readonly format: 'md' | 'html';
}

/** `reflex plans report` */
export function reportCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('report')
      .summary('say what a plan did and why')
      .description('Prints the report on a plan: what came of a drill, times, facts, intents, steps, rules, pages.'),
  )
    .argument('<id>', 'of the plan, or its first digits')
    .addOption(
      new Option('--format <format>', 'Markdown, or one HTML file with a picture of the shares')
        .choices(['md', 'html'])
        .default('md'),
    )
    .addHelpText('after', '\nExample:\n  reflex plans report ID --format html > drill.html')
    .action(async (id: string, options: ReportOptions) => {
      await connected(surroundings, options, async (client) => {
        const format = options.json === true ? 'json' : options.format;
        const text = await client.text(`${await planPath(client, id)}/report?format=${format}`);
        surroundings.output.out(text.trimEnd());
        return 0;
      });
    });
}
