import { writeFile } from 'node:fs/promises';

import { Command, InvalidArgumentError } from 'commander';

import type { RowStore } from '../shared/ports/row-store.ts';
import { findPlan, readRun, reportOf, toHtml, toMarkdown } from '../shared/reports/index.ts';
import { printable, terminal, type Output } from './output.ts';
import { openRows } from './storage.ts';

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
        'Exit code 0: written; 1: there is no such plan; 2: the storage cannot be read, or the file not written.',
    )
    .argument('<id>', 'id of the plan')
    .option('--format <md|html>', 'Markdown, or one HTML file with a picture of the shares', formatOf, 'md')
    .option('--out <file>', 'write there instead of printing')
    .option('--data <dir>', 'data directory of a running local stack (default: app settings, else .reflex)')
    .action(async (id: string, { format, out, data }: ReportOptions) => {
      try {
        output.exit(await report(id, { format, out, output }, await open(data)));
      } catch (error) {
        output.err(`reflex plan report: ${printable(error instanceof Error ? error.message : String(error))}`);
        output.exit(2);
      }
    });
}

interface Wanted {
  readonly format: ReportOptions['format'];
  readonly out: string | undefined;
  readonly output: Output;
}

async function report(id: string, { format, out, output }: Wanted, rows: RowStore): Promise<0 | 1> {
  const found = await findPlan(rows, id);
  const run = found === undefined ? undefined : await readRun(rows, found.target, id);
  if (run === undefined) {
    output.err(`reflex plan report: there is no plan ${printable(id)}`);
    return 1;
  }
  const text = FORMATS[format](reportOf(run));
  if (out === undefined) {
    output.out(text.trimEnd());
  } else {
    await writeFile(out, text);
    output.out(`written to ${out}`);
  }
  return 0;
}

function formatOf(given: string): keyof typeof FORMATS {
  if (given !== 'md' && given !== 'html') {
    throw new InvalidArgumentError('expected md or html');
  }
  return given;
}
