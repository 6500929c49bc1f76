import { chmod, writeFile } from 'node:fs/promises';

import { Command } from 'commander';

import type { RowStore } from '../shared/ports/row-store.ts';
import { exportScript, readExport } from '../shared/reports/index.ts';
import { readGateAccess } from '../shared/settings.ts';
import { printable, terminal, type Output } from './output.ts';
import { ApiRefusal } from './people/client.ts';
import { openRows } from './storage.ts';
import { storedPlan } from './stored-plan.ts';

interface ExportOptions {
  readonly undo?: boolean;
  readonly out?: string;
  readonly data?: string;
}

/** `reflex plan export` */
export function planExportCommand(
  output: Output = terminal,
  open: (data: string | undefined) => Promise<RowStore> = (data) => openRows(data, process.env),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Command {
  return new Command('export')
    .summary('print a plan as a bash script of az rest calls')
    .description(
      'Prints what is left of a plan as a bash script that needs nothing but the Azure CLI (and openssl, where it moves\n' +
        'gates). Each write checks first that nobody has changed the value since; health and capacity are not checked.\n' +
        'Gates: their stores and key are those of REFLEX_GATE_STORES and REFLEX_GATE_KEY where they are set here, or of\n' +
        'REFLEX_GATE_ACCOUNTS and REFLEX_GATE_KEY_ID where the script runs.\n' +
        'Exit code 0: printed; 1: there is no such plan, or several, or it cannot be exported; 2: the storage cannot be read.',
    )
    .argument('<id>', 'of the plan, or its first digits')
    .option('--undo', 'the way back of what it has written and would write, last step first')
    .option('--out <file>', 'write an executable file instead of printing')
    .option('--data <dir>', 'data directory of a running local stack (default: app settings, else .reflex)')
    .action(async (id: string, { undo = false, out, data }: ExportOptions) => {
      try {
        const rows = await open(data);
        const result = await readExport(rows, await storedPlan(rows, id), undo ? 'back' : 'forth');
        if (result.outcome === 'refused') {
          output.err(`reflex plan export: ${printable(result.reason)}`);
          output.exit(1);
          return;
        }
        await write(exportScript(result.exported, readGateAccess(environment)), out, output);
        output.exit(0);
      } catch (error) {
        output.err(`reflex plan export: ${printable(error instanceof Error ? error.message : String(error))}`);
        output.exit(error instanceof ApiRefusal ? 1 : 2);
      }
    });
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
