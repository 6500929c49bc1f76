import { writeFile } from 'node:fs/promises';

import { Command, InvalidArgumentError } from 'commander';

import type { RowStore } from '../shared/ports/row-store.ts';
import { readRun, reportOf, toHtml, toMarkdown } from '../shared/reports/index.ts';
import { printable, terminal, type Output } from './output.ts';
import { ApiRefusal } from './people/client.ts';
import { openRows } from './storage.ts';
import { storedPlan } from './stored-plan.ts';

const FORMATS = { md: toMarkdown, html: toHtml } as const;

interface ReportOptions {
  readonly format: keyof typeof FORMATS;
  readonly out?: string;
  readonly data?: string;
}

/** `reflex plan report` */
export function planReportCommand(
  output: Output = terminal,
  open: (data: string | undefined) => Promise<RowStore> = (data) => openRows(data, process.env),
): Command {
  return new Command('report')
    .summary('say what a plan did and why')
    .description(
      'Writes a report on one plan from the stored rows: times, facts, intents, approvals, steps, rules, pages.\n' +
        'Exit code 0: written; 1: there is no such plan, or several; 2: the storage cannot be read, or the file not written.',
    )
    .argument('<id>', 'of the plan, or its first digits')
    .option('--format <md|html>', 'Markdown, or one HTML file with a picture of the shares', formatOf, 'md')
    .option('--out <file>', 'write there instead of printing')
    .option('--data <dir>', 'data directory of a running local stack (default: app settings, else .reflex)')
    .action(async (id: string, { format, out, data }: ReportOptions) => {
      try {
        await report(id, { format, out, output }, await open(data));
        output.exit(0);
      } catch (error) {
        output.err(`reflex plan report: ${printable(error instanceof Error ? error.message : String(error))}`);
        output.exit(error instanceof ApiRefusal ? 1 : 2);
      }
    });
}

interface Wanted {
  readonly format: ReportOptions['format'];
  readonly out: string | undefined;
  readonly output: Output;
}

async function report(id: string, { format, out, output }: Wanted, rows: RowStore): Promise<void> {
  const { plan, target } = await storedPlan(rows, id);
  const run = await readRun(rows, target, plan.id);
  if (run === undefined) {
    throw new Error(`plan ${plan.id} has gone`);
  }
  const text = FORMATS[format](reportOf(run));
  if (out === undefined) {
    output.out(text.trimEnd());
  } else {
    await writeFile(out, text);
    output.out(`written to ${out}`);
  }
}

function formatOf(given: string): keyof typeof FORMATS {
  if (given !== 'md' && given !== 'html') {
    throw new InvalidArgumentError('expected md or html');
  }
  return given;
}
