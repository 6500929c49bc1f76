import { Command, Option } from 'commander';
import type * as z from 'zod';

import { AuditPage, type AuditRecordView } from '../../shared/api/people/audit-schemas.ts';
import { AUDIT_KINDS } from '../../shared/records/audit.ts';
import { printable, table } from '../output.ts';
import type { Who } from './intent-text.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';

/** Columns for who did it: what follows says why. */
const MAX_ACTOR = 32;

interface ListOptions extends ConnectionOptions {
  readonly target?: string;
  readonly kind?: string;
  readonly about?: string;
  readonly limit: string;
  readonly after?: string;
}

/** `reflex audit list` */
export function auditListCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('list')
      .summary('what has happened, by whom and why, newest first')
      .description('Lists audit records, newest first. --json shows all of their facts.'),
  )
    .option('--about <text>', 'only those whose facts hold it: an origin, an image, a plan, a person')
    .addOption(new Option('--kind <kind>', 'only those of one kind').choices(AUDIT_KINDS))
    .option('--target <key>', 'of one target only, for example contoso/shop-gitops#main')
    .option('--limit <number>', 'at most so many, 1 to 100', '20')
    .option('--after <cursor>', 'the rest: what the last list ended with')
    .action(async ({ target, kind, about, limit, after, ...options }: ListOptions) => {
      await connected(surroundings, options, async (client) => {
        const given = { target, kind, about, limit, after };
        const query = new URLSearchParams(
          Object.entries(given).flatMap(([key, value]): [string, string][] =>
            value === undefined ? [] : [[key, value]],
          ),
        );
        const page = await client.get(`audit?${query.toString()}`, AuditPage);
        const more = page.next === undefined ? [] : [`more: --after ${page.next}`];
        const lines =
          options.json === true ? [JSON.stringify(page, null, 2)] : [...auditTable(page.records, client.who), ...more];
        lines.forEach((line) => surroundings.output.out(line));
        return 0;
      });
    });
}

function auditTable(records: readonly z.infer<typeof AuditRecordView>[], who: Who): readonly string[] {
  const rows = records.map(({ at, kind, facts }) => [
    at.slice(0, 19),
    kind,
    printable(nameOf(facts)),
    actorOf(facts, who),
    printable(wordsOf(facts)),
  ]);
  return records.length === 0 ? ['no records'] : table([['AT', 'WHAT', 'OF', 'BY', 'WHY'], ...rows]);
}

type Facts = z.infer<typeof AuditRecordView>['facts'];

/** What a record is about: the end of an ARM id, or all of anything shorter. */
function nameOf({ subject, edge, plan }: Facts): string {
  return textOf(subject ?? edge ?? plan).replace(/^\/subscriptions\/.*\//, '');
}

/** Whoever did it, or what brought it; --json shows all of that. */
function actorOf({ by, signals }: Facts, who: Who): string {
  const person = textOf(by);
  const brought = textOf(signals)
    .split(' ')
    .map((signal) => who(signal.replace(/\/subscriptions\/[^#]*\//, '')))
    .join(' ');
  const text = person === '' ? brought : who(person);
  return text.length <= MAX_ACTOR ? text : `${text.slice(0, MAX_ACTOR - 1)}\u2026`;
}

/** The reason, or the step that was taken. */
function wordsOf({ reason, note, step, state }: Facts): string {
  const steps = (Array.isArray(step) ? step : [step]) as readonly ({ readonly title?: unknown } | undefined)[];
  const titles = steps.flatMap((one) => (typeof one?.title === 'string' ? [one.title] : []));
  return [textOf(reason ?? note ?? state), ...titles].filter((text) => text !== '').join(': ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.map(textOf).join(' ') : '';
}
