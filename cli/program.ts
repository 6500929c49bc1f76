import { Command, CommanderError } from 'commander';

import { auditVerifyCommand } from './audit-verify.ts';
import { explainEditCommand } from './explain-edit.ts';
import { explainEventCommand } from './explain-event.ts';
import { explainImageCommand } from './explain-image.ts';
import { fleetRenderCommand } from './fleet-render.ts';
import { importCommand } from './import-images.ts';
import { terminal, type Output } from './output.ts';
import { auditListCommand } from './people/audit-list.ts';
import { edgeCommands } from './people/edge-commands.ts';
import { edgesCommand } from './people/edges.ts';
import { imagesCommand } from './people/images.ts';
import { killSwitchCommand } from './people/kill-switch.ts';
import { openApiCommand } from './people/open-api.ts';
import { outside, type World } from './people/connection.ts';
import { pagesCommand } from './people/pages.ts';
import { parkedCommand } from './people/parked.ts';
import { plansCommand } from './people/plans.ts';
import { readyCommand } from './ready.ts';
import { planExportCommand } from './plan-export.ts';
import { planReportCommand } from './plan-report.ts';
import { simulateCommand } from './simulate/simulate.ts';
import { schemaCommand } from './schema.ts';
import { validateCommand } from './validate.ts';

/** The whole command line. */
export function reflexProgram(output: Output = terminal, world: World = outside): Command {
  const surroundings = { output, world };
  const program = new Command('reflex')
    .description(
      'Event-driven automation for fleets of AKS clusters: check fleet files, explain decisions, agree to plans, move traffic.',
    )
    .addHelpText('after', '\nExit codes: 0 done, 1 refused or not valid, 2 wrong usage.')
    .addCommand(validateCommand(output))
    .addCommand(
      new Command('fleet').description('look at a fleet').addCommand(fleetRenderCommand(output)).helpCommand(false),
    )
    .addCommand(schemaCommand(output))
    .addCommand(importCommand(output))
    .addCommand(openApiCommand(output))
    .addCommand(
      new Command('explain')
        .description('say why, from the same facts')
        .addCommand(explainEventCommand())
        .addCommand(explainImageCommand(surroundings))
        .addCommand(explainEditCommand())
        .helpCommand(false),
    )
    .addCommand(simulateCommand(output))
    .addCommand(readyCommand(surroundings))
    .addCommand(
      new Command('plan')
        .description('look at plans')
        .addCommand(planReportCommand(output))
        .addCommand(planExportCommand(output))
        .helpCommand(false),
    )
    .addCommand(
      new Command('audit')
        .description('look at audit records')
        .addCommand(auditListCommand(surroundings))
        .addCommand(auditVerifyCommand(output))
        .helpCommand(false),
    )
    .addCommand(plansCommand(surroundings))
    .addCommand(edgesCommand(surroundings))
    .addCommand(imagesCommand(surroundings))
    .addCommand(pagesCommand(surroundings))
    .addCommand(parkedCommand(surroundings))
    .addCommand(killSwitchCommand(surroundings))
    .helpCommand(false);
  edgeCommands(surroundings).forEach((command) => program.addCommand(command));
  for (const command of everyCommand(program)) {
    command
      .exitOverride()
      .showHelpAfterError('(--help shows the usage)')
      .configureOutput({
        writeOut: (text) => output.out(text.trimEnd()),
        writeErr: (text) => output.err(text.trimEnd()),
      });
  }
  return program;
}

/**
 * Runs the command line.
 * @param args - without the interpreter and the script.
 */
export async function run(args: readonly string[], output: Output = terminal, world: World = outside): Promise<void> {
  try {
    await reflexProgram(output, world).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    // Wrong arguments that an action found are not printed by commander.
    if (error.code === 'commander.invalidArgument' && !error.message.startsWith('error:')) {
      output.err(`error: ${error.message}`);
    }
    output.exit(error.exitCode === 0 ? 0 : 2);
  }
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
