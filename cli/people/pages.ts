import { Command, Option } from 'commander';
import type * as z from 'zod';

import { PAGE_STATES, PageList, PageView } from '../../shared/api/people/page-schemas.ts';
import { printable, table } from '../output.ts';
import type { PeopleClient } from './client.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import type { Who } from './intent-text.ts';
import { isWhole, knownAs, PAGES } from './known-as.ts';
import { newestWith } from './newest-with.ts';

type Page = z.infer<typeof PageView>;

interface ListOptions extends ConnectionOptions {
  readonly state?: string;
  readonly limit: string;
  readonly after?: string;
}

/** `reflex pages` */
export function pagesCommand(surroundings: Surroundings): Command {
  return new Command('pages')
    .summary('look at what people are called for, and say that you have seen it')
    .description(
      'What people are called for. `reflex pages` lists what is not resolved; the loop resolves a page itself when its\n' +
        'cause is gone.',
    )
    .addCommand(listCommand(surroundings), { isDefault: true })
    .addCommand(acknowledgeCommand(surroundings))
    .helpCommand(false);
}

function listCommand(surroundings: Surroundings): Command {
  return withConnection(new Command('list').description('Lists pages, newest first; without --state the open ones.'))
    .addOption(new Option('--state <state>', 'only those in this state').choices(['all', ...PAGE_STATES]))
    .option('--limit <number>', 'at most so many, 1 to 100', '20')
    .option('--after <cursor>', 'the rest: what the last list ended with')
    .action(async (options: ListOptions) => {
      await connected(surroundings, options, async (client) => {
        const { state, limit, after } = options;
        const query = new URLSearchParams({ limit, ...(state && { state }), ...(after && { after }) });
        const list = await client.get(`pages?${query.toString()}`, PageList);
        const more = list.next === undefined ? [] : [`more: --after ${list.next}`];
        const lines = options.json === true ? [JSON.stringify(list, null, 2)] : [...pageTable(list.pages), ...more];
        lines.forEach((line) => surroundings.output.out(line));
        return 0;
      });
    });
}

function acknowledgeCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('ack')
      .summary('say that you have seen a page')
      .description(
        'Says that you have seen a page: it goes to no further pager. Needs the role Operator or Approver.\n' +
          'The page stays until its cause is gone.',
      ),
  )
    .argument('<id>', 'of the page, as the list shows it, or its first digits')
    .action(async (id: string, options: ConnectionOptions) => {
      await connected(surroundings, options, async (client) => {
        const path = `pages/${encodeURIComponent(await wholeId(client, id))}/acknowledge`;
        const page = await client.send('POST', path, { body: {}, schema: PageView });
        surroundings.output.out(
          options.json === true ? JSON.stringify(page, null, 2) : acknowledgedText(page, client.who),
        );
        return 0;
      });
    });
}

/** Of a page that is named by the beginning of its id, among the newest. @throws ApiRefusal if none or several begin so. */
async function wholeId(client: PeopleClient, given: string): Promise<string> {
  if (isWhole(given, PAGES)) {
    return given.toLowerCase();
  }
  const read = async (query: string): Promise<{ items: readonly Page[]; next: string | undefined }> => {
    const { pages: items, next } = await client.get(`pages?state=all&${query}`, PageList);
    return { items, next };
  };
  return (await knownAs(given, PAGES, (beginning) => newestWith(beginning, read))).id;
}

function pageTable(pages: readonly Page[]): readonly string[] {
  const rows = pages.map(({ id, raisedAt, state, severity, title, pagers }) => [
    id,
    raisedAt.slice(0, 19),
    state,
    severity,
    pagers.map(({ name }) => printable(name)).join(' ') || '-',
    printable(title),
  ]);
  return pages.length === 0 ? ['no pages'] : table([['PAGE', 'RAISED', 'STATE', 'SEVERITY', 'TOLD', 'WHAT'], ...rows]);
}

function acknowledgedText({ id, state, acknowledged, whatToDo, resolvedAt }: Page, who: Who): string {
  const seen = acknowledged === undefined ? '' : `, seen by ${who(acknowledged.by)} at ${acknowledged.at}`;
  return state === 'resolved'
    ? `${id} is resolved${resolvedAt === undefined ? '' : ` since ${resolvedAt}`}${seen}`
    : `${id} is ${state}${seen}\n${printable(whatToDo)}`;
}
