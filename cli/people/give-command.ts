import type * as z from 'zod';

import { PlanView } from '../../shared/api/people/plan-schemas.ts';
import { CommandTaken, CommandView, EdgeView } from '../../shared/api/people/schemas.ts';
import { REFUSING } from '../../shared/domain/traffic/answers.ts';
import { BEHIND_PLAN } from '../../shared/reconcile/plan-under-way.ts';
import { bakesUntil } from '../../shared/reconcile/plan.ts';
import { printable } from '../output.ts';
import { ApiRefusal, type PeopleClient } from './client.ts';
import { connected, type ConnectionOptions, type Surroundings } from './connection.ts';
import { FollowUp } from './follow-up.ts';
import { behindText, stepText, type Plan } from './plan-text.ts';
import { ifAnswered } from './present.ts';

/** Looks at what became of a command, one a second: intake, queue and the first look take a few. */
const MAX_LOOKS = 30;
const LOOK_MS = 1_000;

/** Options of every command that is sent and then waited for. */
export interface SendOptions extends ConnectionOptions {
  readonly key?: string;
  readonly wait: boolean;
}

/** Options of every command about an edge. */
export interface GiveOptions extends SendOptions {
  readonly reason: string;
  readonly override: readonly string[];
  readonly dryRun: boolean;
}

/** What is asked for, as far as it is told of again. */
interface Asked {
  readonly command: string;
  readonly edge: string;
  readonly origin?: string;
}

type Became = z.infer<typeof CommandView>;

/** Where a command goes, and how what becomes of it is told. */
interface Told<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly text: (became: T, client: PeopleClient) => readonly string[] | Promise<readonly string[]>;
  readonly isRefused: (became: T) => boolean;
}

/** Answers to a drill that begins, or would; any other is over at once, and nobody has practised anything. */
const BEGUN: readonly string[] = ['shift', 'pending-approval', 'plan'];

/** Gives a command about an edge and, unless told otherwise, waits for what becomes of it. */
export async function giveCommand(asked: Asked, options: GiveOptions, surroundings: Surroundings): Promise<void> {
  const { reason, override, dryRun } = options;
  const follow = new FollowUp(options, surroundings.world);
  await sendCommand({ ...asked, reason, override, dryRun }, options, surroundings, {
    path: 'commands',
    schema: CommandView,
    text: async (became, client) => [
      ...lines(became, { asked, dryRun, follow }),
      ...(dryRun ? [] : await behindLines(became, asked, { client, follow })),
      ...(await previewText(became, dryRun, client)),
    ],
    isRefused: ({ decision }) => (asked.command === 'drill' ? !BEGUN.includes(decision) : REFUSING.includes(decision)),
  });
}

/** Sends a command and, unless told otherwise, waits for what becomes of it. */
export async function sendCommand<T>(
  body: object,
  { key, wait, ...options }: SendOptions,
  surroundings: Surroundings,
  { path, schema, text, isRefused }: Told<T>,
): Promise<void> {
  const { output } = surroundings;
  await connected(surroundings, options, async (client) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const taken = await client.send('POST', path, { body, headers, schema: CommandTaken });
    const became = wait ? await outcomeOf(client, { location: taken.location, schema }, surroundings) : undefined;
    if (options.json === true) {
      output.out(JSON.stringify(became ?? taken, null, 2));
    } else {
      const said = became === undefined ? [`taken: ${taken.location}`] : await text(became, client);
      said.forEach((line) => output.out(line));
    }
    return became !== undefined && isRefused(became) ? 1 : 0;
  });
}

async function outcomeOf<T>(
  client: PeopleClient,
  { location, schema }: { readonly location: string; readonly schema: z.ZodType<T> },
  { world }: Surroundings,
): Promise<T | undefined> {
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    try {
      return await client.get(location, schema);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 404) {
        throw error;
      }
    }
    await world.sleep(LOOK_MS);
  }
  return undefined;
}

interface Lines {
  readonly asked: Asked;
  readonly dryRun: boolean;
  readonly follow: FollowUp;
}

function lines(
  { decision, reason, kept, stays, plan, digest }: Became,
  { asked, dryRun, follow }: Lines,
): readonly string[] {
  const isWaiting = decision === 'pending-approval' && digest !== undefined;
  const opposite = kept === true || stays === true || isWaiting ? oppositeOf(asked) : undefined;
  return [
    `${printable(decision)}${reason === '' ? '' : `: ${printable(reason)}`}`,
    ...(kept === true ? ['kept     it is done as soon as nothing keeps it back'] : []),
    ...(stays === true ? ['stays    it is so already, and stays so until somebody takes it back'] : []),
    ...(opposite === undefined ? [] : [`withdraw ${follow.own(...opposite)}`, ...alsoEnds(asked)]),
    ...(plan === undefined ? [] : [`plan     ${printable(plan)}`]),
    ...(plan === undefined || dryRun ? [] : [`follow   ${follow.own('plans', 'watch', plan)}`]),
    ...(plan === undefined || !isWaiting
      ? []
      : [`approve  ${follow.others('plans', 'approve', plan, digest.slice(0, 12))}`]),
  ];
}

/** The command that takes back what was asked for. */
function oppositeOf({ command, edge, origin }: Asked): readonly string[] | undefined {
  switch (command) {
    case 'failover':
      return ['failback', edge, origin ?? ''];
    case 'pin':
      return ['unpin', edge, origin ?? ''];
    case 'hold':
      return ['unhold', edge];
    default:
      return undefined;
  }
}

function alsoEnds({ command }: Asked): readonly string[] {
  return command === 'failover' ? ['         which ends what others have asked for as well'] : [];
}

/** What has to be over before what was just asked for can begin. */
async function behindLines(
  { decision, reason, plan }: Became,
  { edge }: Asked,
  { client, follow }: { readonly client: PeopleClient; readonly follow: FollowUp },
): Promise<readonly string[]> {
  const isProposed = decision === 'pending-approval' && plan !== undefined;
  const first = isProposed
    ? (await planOf(client, plan))?.behind
    : reason === BEHIND_PLAN
      ? await planUnderWay(client, edge)
      : undefined;
  return first === undefined
    ? []
    : [
        `behind   ${behindText(first)}`,
        `at once  ${follow.own('plans', 'cancel', first.id.slice(0, 8), '--reason', '...')}`,
        '         which takes back what that one has written',
      ];
}

async function planOf(client: PeopleClient, id: string): Promise<Plan | undefined> {
  return await ifAnswered(() => client.get(`plans/${encodeURIComponent(id)}`, PlanView));
}

async function planUnderWay(client: PeopleClient, edge: string): Promise<Plan['behind']> {
  const found = await ifAnswered(() => client.get(`edges/${encodeURIComponent(edge)}`, EdgeView));
  const plan = found?.activePlan === undefined ? undefined : await planOf(client, found.activePlan);
  return plan === undefined
    ? undefined
    : { id: plan.id, state: plan.state, note: plan.note, bakesUntil: bakesUntil(plan.journal) };
}

/** What would be done; it is not for anybody to follow or to approve. */
async function previewText({ plan }: Became, isDryRun: boolean, client: PeopleClient): Promise<readonly string[]> {
  if (!isDryRun) {
    return [];
  }
  const steps =
    plan === undefined ? [] : (await client.get(`plans/${encodeURIComponent(plan)}`, PlanView)).steps.flatMap(stepText);
  return [...steps, 'dry run: nothing was changed'];
}
