import { Command } from 'commander';

import type { Output } from '../output.ts';
import type { SimulateOptions } from './play-file.ts';

/** `reflex simulate`: what would happen, by the real reactions, targets, loop and adapters on a local ARM. */
export function simulateCommand(output: Output): Command {
  return new Command('simulate')
    .description('play scenarios through the real reactions, targets and loop, in virtual time')
    .requiredOption(
      '--suite <name>',
      'what the scenarios are about: traffic, or image (a policy on a history of pushes)',
    )
    .requiredOption('--cases <file>', 'a JSON file: a list of scenarios, or {"scenarios": [...]}')
    .option('--only <id>', 'play the one scenario with this id')
    .option('--jsonl', 'one JSON object per scenario, then a summary line')
    .addHelpText('after', '\nExit codes: 0 all were played, 1 some could not be, 2 wrong usage or unreadable file.')
    .action(async (options: SimulateOptions) => {
      // Half of the app is behind it, and no other command needs that.
      const { simulate } = await import('./play-file.ts');
      output.exit(await simulate(options, output));
    });
}
