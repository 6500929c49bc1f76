import { chmod, writeFile } from 'node:fs/promises';

import { Command } from 'commander';

import type { RowStore } from '../shared/ports/row-store.ts';
import { exportPlan, findPlan } from '../shared/reports/index.ts';
import { printable, terminal, type Output } from './output.ts';
import { openRows } from './storage.ts';

interface ExportOptions {
  readonly undo?: boolean;
  readonly out?: string;
  readonly data?: string;
}

/** `reflex plan export` */
export function planExportCommand(
  output: Output = terminal,
  open: (data: string | undefined) => Promise<RowStore> = (data) => openRows(data, process.env),
): Command {
  return new Command('export')
    .summary('print a plan as a bash script of az rest calls')
    .description(
      'Prints what is left of a plan as a bash script that needs nothing but the Azure CLI. Each write checks first that\n' +
        'nobody has changed the value since; health and capacity are not checked.\n' +
        'Exit code 0: printed; 1: there is no such plan, or it cannot be exported; 2: the storage cannot be read.',
    )
    .argument('<id>', 'id of the plan')
    .option('--undo', 'the way back of what it has written and would write, last step first')
    .option('--out <file>', 'write an executable file instead of printing')
    .option('--data <dir>', 'data directory of a running local stack (default: app settings, else .reflex)')
    .action(async (id: string, { undo = false, out, data }: ExportOptions) => {
      try {
        const found = await findPlan(await open(data), id);
        const exported = found === undefined ? noPlan(id) : exportPlan(found.plan, undo ? 'back' : 'forth');
        if (exported.outcome === 'refused') {
          output.err(`reflex plan export: ${printable(exported.reason)}`);
          output.exit(1);
          return;
        }
        await write(exported.script, out, output);
        output.exit(0);
      } catch (error) {
        output.err(`reflex plan export: ${printable(error instanceof Error ? error.message : String(error))}`);
        output.exit(2);
      }
    });
}

function noPlan(id: string): { readonly outcome: 'refused'; readonly reason: string } {
  return { outcome: 'refused', reason: `there is no plan ${id}` };
}

async function write(script: string, file: string | undefined, output: Output): Promise<void> {
  if (file === undefined) {
    output.out(script.trimEnd());
    return;
  }
  await writeFile(file, script);
  await chmod(file, 0o755);
  output.out(`written to ${file}`);
}
