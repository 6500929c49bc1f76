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
      .summary('what could not be used, and why')
      .description(
        'Shows what was parked on one day: not understood, not from the fleet, or from somebody who may not say it.\n' +
          'Its bytes lie in the container `reflex` of the storage account, in the blob that is named.',
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

function parkedText({ day, items, dropped, byCode, examples }: z.infer<typeof ParkedView>): readonly string[] {
  if (items + dropped === 0) {
    return [`${printable(day)}: nothing was parked`];
  }
  const codes = Object.entries(byCode).toSorted(([, a], [, b]) => b - a);
  const rows = examples.map(({ at, code, via, reason, name }) => [
    printable(at.slice(0, 19)),
    printable(code),
    printable(via),
    printable(reason),
    printable(name),
  ]);
  return [
    `${printable(day)}: ${items} kept${dropped === 0 ? '' : `, ${dropped} only counted: their hour was full`}`,
    '',
    ...table([['CODE', 'COUNT'], ...codes.map(([code, count]) => [printable(code), String(count)])]),
    ...(rows.length === 0 ? [] : ['', ...table([['AT', 'CODE', 'VIA', 'REASON', 'BLOB'], ...rows])]),
  ];
}
