import type * as z from 'zod';

import { PlanView } from '../../shared/api/people/plan-schemas.ts';
import { EdgeView, type CommandView } from '../../shared/api/people/schemas.ts';
import { BEHIND_PLAN } from '../../shared/reconcile/consent/plan-under-way.ts';
import { bakesUntil } from '../../shared/reconcile/plan.ts';
import { printable } from '../output.ts';
import type { PeopleClient } from './client.ts';
import type { Edge } from './edge-text.ts';
import type { FollowUp } from './follow-up.ts';
import { behindText, isAsking, stepText, type Plan } from './plan-text.ts';
import { ifAnswered, stopLines } from './present.ts';

/** What is asked for, as far as it is told of again. */
export interface Asked {
  readonly command: string;
  readonly edge: string;
  readonly origin?: string;
  readonly durationSeconds?: number;
}

type Became = z.infer<typeof CommandView>;

/** Answers to a drill that begins, or would; any other is over at once, and nobody has practised anything. */
export const BEGUN: readonly string[] = ['shift', 'pending-approval', 'plan'];

interface Telling {
  readonly asked: Asked;
  readonly dryRun: boolean;
  readonly follow: FollowUp;
  readonly client: PeopleClient;
}

/** What has become of a command about an edge, with the words that come next. */
export async function becameText(became: Became, telling: Telling): Promise<readonly string[]> {
  const { dryRun, client } = telling;
  const plan = became.plan === undefined ? undefined : await planOf(client, became.plan);
  return [
    ...(dryRun ? await stopLines(client) : []),
    ...(await answerLines(became, plan, telling)),
    ...(await shortLines(became, telling)),
    ...(dryRun ? [...(plan?.steps.flatMap(stepText) ?? []), 'dry run: nothing was changed'] : []),
    ...(dryRun ? [] : await behindLines(became, plan, telling)),
  ];
}

/** What keeps a command from coming true, in whole sentences. */
function explainLines({ means, whatToDo }: Became): readonly string[] {
  return [
    ...(means === undefined ? [] : [`means    ${printable(means)}`]),
    ...(whatToDo === undefined ? [] : [`do       ${printable(whatToDo)}`]),
  ];
}

async function answerLines(
  became: Became,
  found: Plan | undefined,
  { asked, dryRun, follow, client }: Telling,
): Promise<readonly string[]> {
  const { decision, reason, kept, stays, plan, digest } = became;
  const isWaiting = decision === 'pending-approval';
  const mayTakeBack = kept === true || stays === true || isWaiting;
  // What serves already is not kept out by asking for it again: it would be taken out.
  const isBackOfWeights = asked.command === 'failback' && mayTakeBack && (await serves(client, asked));
  const opposite = mayTakeBack && !isBackOfWeights ? oppositeOf(asked) : undefined;
  // What runs already is not for anybody to approve again.
  const isToApprove = isWaiting && plan !== undefined && (found === undefined || isAsking(found));
  return [
    `${printable(decision)}${reason === '' ? '' : `: ${printable(reason)}`}`,
    ...explainLines(became),
    ...(kept === true ? ['kept     it is done as soon as nothing keeps it back'] : []),
    ...(stays === true ? ['stays    it is so already, and stays so until somebody takes it back'] : []),
    ...(isUnkept(became, asked) && !dryRun ? unkeptLines(asked, follow) : []),
    ...(opposite === undefined ? [] : [`withdraw ${follow.own(...opposite)}`]),
    ...(opposite === undefined ? [] : await withdrawnLines(became, asked, client)),
    ...(plan === undefined ? [] : [`plan     ${printable(plan)}`]),
    ...(plan === undefined || dryRun ? [] : [`follow   ${follow.own('plans', 'watch', plan)}`]),
    ...(isToApprove && digest !== undefined
      ? [`approve  ${follow.others('plans', 'approve', plan, digest.slice(0, 12))}`]
      : []),
    ...(isToApprove && isBackOfWeights
      ? [`reject   ${follow.others('plans', 'reject', plan, '--reason', '...')}`]
      : []),
  ];
}

/** True for a wish that nobody has agreed to, and that is true because of others. */
function isUnkept({ decision, reason, kept, stays }: Became, { command }: Asked): boolean {
  const isOut = decision === 'noop' && reason === 'already-drained';
  return command === 'failover' && isOut && kept !== true && stays !== true;
}

function unkeptLines({ edge, origin = '' }: Asked, follow: FollowUp): readonly string[] {
  return [
    'unkept   others have taken it out, and may bring it back before anybody has agreed to your wish',
    `keep     ${follow.own('pin', edge, origin, 'out')}`,
  ];
}

/** The command that takes back what was asked for. */
function oppositeOf({ command, edge, origin }: Asked): readonly string[] | undefined {
  switch (command) {
    case 'failover':
      return ['failback', edge, origin ?? ''];
    case 'failback':
      return ['failover', edge, origin ?? ''];
    case 'pin':
      return ['unpin', edge, origin ?? ''];
    case 'hold':
      return ['unhold', edge];
    default:
      return undefined;
  }
}

/** What a withdrawal does beside taking the command back. */
async function withdrawnLines(
  { by }: Became,
  { command, edge, origin }: Asked,
  client: PeopleClient,
): Promise<readonly string[]> {
  switch (command) {
    case 'failback':
      return ['         which keeps it out, as your own wish'];
    case 'failover': {
      const found = await edgeOf(client, edge);
      const isOthers = found === undefined || hasOthers(found, origin ?? '', by);
      return isOthers ? ['         which ends what others have asked for as well'] : [];
    }
    default:
      return [];
  }
}

/** True if the edge was last seen to send requests to an origin. */
async function serves(client: PeopleClient, { edge, origin = '' }: Asked): Promise<boolean> {
  const found = await edgeOf(client, edge);
  const named = found === undefined ? [] : namedIn(found, origin);
  return named.length > 0 && named.every(({ enabled, isShut }) => enabled === true && isShut !== true);
}

function namedIn({ origins }: Edge, name: string): Edge['origins'] {
  const isNamed = (text: string): boolean => text.toLowerCase() === name.toLowerCase();
  return origins.filter((one) => isNamed(one.name) || isNamed(one.region));
}

/** True if somebody else wants an origin out that the name stands for. */
function hasOthers(edge: Edge, name: string, me: string): boolean {
  const ids = namedIn(edge, name).map(({ id }) => id);
  return edge.intents.some(
    ({ subject, kind, state, by }) =>
      kind === 'out' &&
      state !== 'leaving' &&
      ids.includes(subject) &&
      !('person' in by && by.person.toLowerCase() === me.toLowerCase()),
  );
}

/** A drill that is over before the edge shows it. */
async function shortLines({ decision }: Became, { asked, client }: Telling): Promise<readonly string[]> {
  const { command, edge, durationSeconds } = asked;
  if (command !== 'drill' || durationSeconds === undefined || !BEGUN.includes(decision)) {
    return [];
  }
  const settles = (await edgeOf(client, edge))?.settlesSeconds ?? 0;
  return durationSeconds >= settles
    ? []
    : [
        `short    it is over before the edge shows it: that may take ${inWords(settles)}`,
        `         take --for ${inWords(settles)} or more`,
      ];
}

/** As `--for` takes it. */
function inWords(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** What has to be over before what was just asked for can begin. */
async function behindLines(
  { decision, reason }: Became,
  plan: Plan | undefined,
  { asked, client, follow }: Telling,
): Promise<readonly string[]> {
  const isUnplanned = decision === 'pending-approval' && plan === undefined;
  const first = isUnplanned || reason === BEHIND_PLAN ? await planUnderWay(client, asked.edge) : plan?.behind;
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

/** By its name: an ARM id is no segment of a path. */
async function edgeOf(client: PeopleClient, name: string): Promise<Edge | undefined> {
  return await ifAnswered(() => client.get(`edges/${encodeURIComponent(name)}`, EdgeView));
}

async function planUnderWay(client: PeopleClient, edge: string): Promise<Plan['behind']> {
  const id = (await edgeOf(client, edge))?.activePlan;
  const plan = id === undefined ? undefined : await planOf(client, id);
  return plan === undefined
    ? undefined
    : { id: plan.id, state: plan.state, note: plan.note, bakesUntil: bakesUntil(plan.journal) };
}
