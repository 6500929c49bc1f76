import { Command } from 'commander';

import type { RowStore } from '../shared/ports/row-store.ts';
import { verifyChains, type ChainReport } from '../shared/reconcile/audit-chains.ts';
import { printable, table, terminal, type Output } from './output.ts';
import { openRows } from './storage.ts';

interface AuditOptions {
  readonly target?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** `reflex audit verify` */
export function auditVerifyCommand(
  output: Output = terminal,
  open: (data: string | undefined) => Promise<RowStore> = (data) => openRows(data, process.env),
): Command {
  return new Command('verify')
    .summary('check that no audit record was changed, removed or added')
    .description(
      'Checks the hash chain of audit records of every target, or of one, against its head.\n' +
        'Exit code 0: all whole; 1: at least one is not, or the target has no records; 2: the storage cannot be read.',
    )
    .option('--target <key>', 'check one target only, for example contoso/shop-gitops#main')
    .option('--data <dir>', 'data directory of a running local stack (default: app settings, else .reflex)')
    .option('--json', 'print JSON instead of text')
    .action(async ({ target, data, json = false }: AuditOptions) => {
      try {
        const reports: ChainReport[] = [];
        for await (const report of verifyChains(await open(data), target)) {
          reports.push(report);
        }
        print(reports, output, json);
        output.exit(reports.some(({ fault }) => fault !== undefined) ? 1 : 0);
      } catch (error) {
        output.err(`reflex audit verify: ${reasonOf(error)}`);
        output.exit(2);
      }
    });
}

function print(reports: readonly ChainReport[], output: Output, json: boolean): void {
  if (json) {
    output.out(JSON.stringify({ chains: reports }, undefined, 2));
    return;
  }
  if (reports.length === 0) {
    output.out('no target has records yet');
    return;
  }
  const rows = reports.map(({ target, records, tip, fault }) => [
    printable(target),
    String(records),
    tip.hash.slice(0, 12),
    fault ?? 'whole',
  ]);
  table([['TARGET', 'RECORDS', 'TIP', 'CHAIN'], ...rows]).forEach((line) => output.out(line));
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message: string; readonly cause?: unknown };
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
