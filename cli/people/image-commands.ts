import { Command } from 'commander';
import type * as z from 'zod';

import { ImageCommandView, ImageHistoryView } from '../../shared/api/people/image-command-routes.ts';
import { printable, table } from '../output.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { FollowUp } from './follow-up.ts';
import { sendCommand, type SendOptions } from './give-command.ts';

interface VerbOptions extends SendOptions {
  readonly reason: string;
  readonly to?: string;
  readonly digest?: string;
}

/** Decisions that leave the command undone until somebody does something else. */
const REFUSED: readonly string[] = ['refuse', 'blocked'];

/** `reflex images history`, `rollback`, `hold`, `release` */
export function imageCommands(surroundings: Surroundings): readonly Command[] {
  const give = async (asked: object, options: VerbOptions): Promise<void> => {
    await sendCommand({ ...asked, reason: options.reason }, options, surroundings, {
      path: 'image-commands',
      schema: ImageCommandView,
      text: (became) => becameText(became, new FollowUp(options, surroundings.world)),
      isRefused: ({ decision }) => REFUSED.includes(decision),
    });
  };
  return [
    historyCommand(surroundings),
    verb('rollback', 'Goes back to an earlier version; what stood there is held.')
      .option('--to <tag>', 'a tag that ran there before (default: the newest that is not held)')
      .action(async (image: string, stage: string, options: VerbOptions) => {
        const { to } = options;
        await give({ command: 'rollback', image, stage, ...(to === undefined ? {} : { to }) }, options);
      }),
    verb('hold', 'Keeps everything, or one digest, out of a stage.')
      .option('--digest <digest>', 'keep this one out; others go on')
      .action(async (image: string, stage: string, options: VerbOptions) => {
        const { digest } = options;
        await give({ command: 'hold', image, stage, ...(digest === undefined ? {} : { digest }) }, options);
      }),
    verb('release', 'Lets go of the holds of a stage.')
      .option('--digest <digest>', 'only of those on this one')
      .action(async (image: string, stage: string, options: VerbOptions) => {
        const { digest } = options;
        await give({ command: 'release', image, stage, ...(digest === undefined ? {} : { digest }) }, options);
      }),
  ];
}

function historyCommand(surroundings: Surroundings): Command {
  return withStage(
    new Command('history').description('What a stage shows, what one can go back to, what is held.'),
  ).action(async (image: string, stage: string, options: ConnectionOptions) => {
    await connected(surroundings, options, async (client) => {
      const query = new URLSearchParams({ image, stage });
      const answer = await client.get(`image-history?${query.toString()}`, ImageHistoryView);
      const lines = options.json === true ? [JSON.stringify(answer, null, 2)] : historyText(answer);
      lines.forEach((line) => surroundings.output.out(line));
      return 0;
    });
  });
}

function verb(name: string, description: string): Command {
  return withStage(new Command(name).description(description))
    .option('--reason <text>', 'why: for the records and for whoever approves', '')
    .option('--key <text>', 'Idempotency-Key: the same command given again is the same command')
    .option('--no-wait', 'do not wait for what becomes of it');
}

function withStage(command: Command): Command {
  return withConnection(command)
    .argument('<image>', 'name of an image rule, or the image: contoso.azurecr.io/shop/web')
    .argument('<stage>', 'name of the stage');
}

function historyText({ image, stage, standing, versions, holds }: z.infer<typeof ImageHistoryView>): readonly string[] {
  const rows = versions.map(({ tag, digest = '', goodAt = '', commit = '', isGone, isHeld }) => [
    printable(tag),
    printable(digest).slice(0, 19),
    printable(goodAt),
    printable(commit).slice(0, 12),
    isGone === true ? 'not in the registry' : isHeld ? 'held' : '',
  ]);
  const kept = holds.map(({ kind, cause, reason, since, refuses }) => [
    printable(kind),
    printable(cause),
    printable(since),
    refuses === undefined ? 'everything' : refuses.map((one) => printable(one).slice(0, 19)).join(' '),
    printable(reason),
  ]);
  return [
    `image    ${printable(image)}`,
    `stage    ${printable(stage)}`,
    `shows    ${standing.map(({ tag = '', digest = '' }) => printable(`${tag}${digest === '' ? '' : `@${digest}`}`)).join(', ')}`,
    '',
    ...table([['VERSION', 'DIGEST', 'PASSED', 'COMMIT', ''], ...rows]),
    ...(kept.length === 0 ? [] : ['', ...table([['HOLD', 'CAUSE', 'SINCE', 'KEEPS OUT', 'WHY'], ...kept])]),
  ];
}

function becameText(
  { decision, reason, to, commit, plan, digest }: z.infer<typeof ImageCommandView>,
  follow: FollowUp,
): readonly string[] {
  return [
    `${printable(decision)}${reason === '' ? '' : `: ${printable(reason)}`}`,
    ...(to === undefined || to === '' ? [] : [`to       ${printable(to)}`]),
    ...(commit === undefined ? [] : [`commit   ${printable(commit)}`]),
    ...(plan === undefined || digest === undefined
      ? []
      : [`plan     ${printable(plan)}`, `approve  ${follow.others('plans', 'approve', plan, digest.slice(0, 12))}`]),
  ];
}
