import { Command } from 'commander';
import type * as z from 'zod';

import { ParkedView } from '../../shared/api/people/parked-schemas.ts';
import { printable, table } from '../output.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';

interface ParkedOptions extends ConnectionOptions {
  readonly day?: string;
  readonly code?: string;
  readonly limit: string;
}

/** `reflex parked` */
export function parkedCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('parked')
      .summary('what could not be used or was not let in, and why')
      .description(
        'Shows what was parked on one day: not understood, not from the fleet, or from somebody who may not say it.\n' +
          'Its bytes lie in the container `reflex` of the storage account, in the blob that is named.\n' +
          'REFUSED counts the tokens that let nobody in; of each instance the last minute or two may be missing.',
      ),
  )
    .option('--day <date>', 'in UTC, such as 2026-01-05; today if absent')
    .option('--code <code>', 'only examples of this code')
    .option('--limit <number>', 'at most so many examples, 1 to 100', '20')
    .action(async ({ day, code, limit, ...options }: ParkedOptions) => {
      await connected(surroundings, options, async (client) => {
        const query = new URLSearchParams({ limit, ...(day && { day }), ...(code && { code }) });
        const parked = await client.get(`parked?${query.toString()}`, ParkedView);
        const lines = options.json === true ? [JSON.stringify(parked, null, 2)] : parkedText(parked);
        lines.forEach((line) => surroundings.output.out(line));
        return 0;
      });
    });
}

type Parked = z.infer<typeof ParkedView>;

function parkedText(parked: Parked): readonly string[] {
  const tables = [...parkedTables(parked), ...refusedTable(parked)];
  const { day, items, dropped } = parked;
  const kept = `${items} kept${dropped === 0 ? '' : `, ${dropped} only counted: their hour was full`}`;
  return [
    `${printable(day)}: ${items + dropped === 0 ? 'nothing was parked' : kept}`,
    ...tables.flatMap((rows) => ['', ...table(rows)]),
  ];
}

function parkedTables({ byCode, examples }: Parked): readonly (readonly (readonly string[])[])[] {
  const rows = examples.map(({ at, code, via, reason, name }) => [
    printable(at.slice(0, 19)),
    printable(code),
    printable(via),
    printable(reason),
    printable(name),
  ]);
  return [
    [['CODE', 'COUNT'], ...counted(byCode)],
    [['AT', 'CODE', 'VIA', 'REASON', 'BLOB'], ...rows],
  ].filter(({ length }) => length > 1);
}

function refusedTable({ refused }: Parked): readonly (readonly (readonly string[])[])[] {
  const rows = Object.entries(refused).flatMap(([door, byReason]) => counted(byReason).map((row) => [door, ...row]));
  return rows.length === 0 ? [] : [[['REFUSED', 'REASON', 'COUNT'], ...rows]];
}

/** The most first. */
function counted(counts: Readonly<Record<string, number>>): readonly string[][] {
  const most = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return most.map(([name, count]) => [printable(name), String(count)]);
}
