import { Command } from 'commander';

import { PlanView } from '../../shared/api/people/plan-schemas.ts';
import { backText } from './back-text.ts';
import { ApiRefusal, type PeopleClient } from './client.ts';
import { OVER_STATES } from '../../shared/reconcile/plan.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { planPath } from './plan-id.ts';
import { stateText } from './plan-text.ts';
import { stopOf } from './present.ts';

/** Digests may be cut short; less than this would be a guess. */
const LEAST_DIGITS = 8;

interface WordOptions extends ConnectionOptions {
  readonly reason?: string;
}

/** `reflex plans approve`, `step-done`, `reject`, `pause`, `resume`, `cancel` */
export function planWords(surroundings: Surroundings): readonly Command[] {
  return [
    approveCommand(surroundings),
    stepDoneCommand(surroundings),
    wordCommand('reject', 'Says no: it is not proposed again until somebody asks for something else.', surroundings),
    wordCommand('pause', 'Lets a running plan stand still before its next write.', surroundings),
    wordCommand('resume', 'Lets a paused plan go on.', surroundings),
    wordCommand('cancel', 'Ends a plan; what it has written goes back. Needs --reason.', surroundings),
  ];
}

function approveCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('approve')
      .summary('say yes to exactly the steps that a digest names')
      .description(
        'Says yes to exactly the steps that the digest names. If the plan has other steps by now, nothing is approved.',
      ),
  )
    .argument('<id>', 'of the plan, or its first digits')
    .argument('<digest>', `as \`reflex plans show\` prints it, or its first ${LEAST_DIGITS} digits or more`)
    .option('--reason <text>', 'for the records')
    .action(async (id: string, digest: string, options: WordOptions) => {
      await connected(surroundings, options, async (client) => {
        const path = await planPath(client, id);
        const body = { digest: await wholeDigest(client, path, digest), ...reasonOf(options) };
        return await say('approve', { path, body }, client, options, surroundings);
      });
    });
}

interface StepDoneOptions extends ConnectionOptions {
  readonly reason: string;
  readonly digest?: string;
}

function stepDoneCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('step-done')
      .summary('say that people have done a step that a plan waits for')
      .description(
        'Says that people have done a step that the plan waits for. What was said before is not said twice.',
      ),
  )
    .argument('<id>', 'of the plan, or its first digits')
    .argument('<step>', 'as `reflex plans show` prints it')
    .requiredOption('--reason <text>', 'what was done, for the records')
    .option('--digest <digest>', `of the plan that is meant, or its first ${LEAST_DIGITS} digits; absent: as it is now`)
    .action(async (id: string, step: string, options: StepDoneOptions) => {
      await connected(surroundings, options, async (client) => {
        const { reason } = options;
        const path = await planPath(client, id);
        const digest = await wholeDigest(client, path, options.digest);
        return await say('step-done', { path, body: { step, digest, reason } }, client, options, surroundings);
      });
    });
}

function wordCommand(verb: string, description: string, surroundings: Surroundings): Command {
  return withConnection(new Command(verb).description(description))
    .argument('<id>', 'of the plan, or its first digits')
    .option('--reason <text>', 'for the records')
    .action(async (id: string, options: WordOptions) => {
      await connected(surroundings, options, async (client) =>
        say(verb, { path: await planPath(client, id), body: reasonOf(options) }, client, options, surroundings),
      );
    });
}

async function say(
  verb: string,
  { path, body }: { readonly path: string; readonly body: object },
  client: PeopleClient,
  { json = false }: ConnectionOptions,
  { output }: Surroundings,
): Promise<0> {
  const plan = await client.send('POST', `${path}/${verb}`, { body, schema: PlanView });
  const lines = json
    ? [JSON.stringify(plan, null, 2)]
    : [`plan ${plan.id}: ${stateText(plan, await stopOf(client, plan))}`, ...(verb === 'cancel' ? backText(plan) : [])];
  lines.forEach((line) => output.out(line));
  return 0;
}

/** The digest that the plan has now, if it begins as given or nothing is given. */
async function wholeDigest(client: PeopleClient, path: string, given: string | undefined): Promise<string> {
  const { digest, state } = await client.get(path, PlanView);
  if (given === undefined) {
    return digest;
  }
  if (OVER_STATES.some((over) => over === state)) {
    throw new ApiRefusal(409, 'not-waiting', `the plan is ${state}`);
  }
  if (given.length < LEAST_DIGITS) {
    throw new ApiRefusal(409, 'digest-too-short', `give at least ${LEAST_DIGITS} digits of the digest`);
  }
  if (!digest.startsWith(given.toLowerCase())) {
    throw new ApiRefusal(409, 'plan-changed', 'its steps are not those that this digest names: read the plan again');
  }
  return digest;
}

function reasonOf({ reason }: WordOptions): object {
  return reason === undefined ? {} : { reason };
}
