import type * as z from 'zod';

import type { PlanView } from '../../shared/api/people/plan-schemas.ts';
import { printable } from '../output.ts';

type Plan = z.infer<typeof PlanView>;
type PlanIntent = NonNullable<Plan['intents']>[number];

/** A person as a list shows them. */
export type Who = (id: string) => string;

/** Who asked for what a plan does, and why: one line for each intent. None where the API does not tell. Pure. */
export function intentLines(
  { serves, intents }: Pick<Plan, 'serves' | 'intents'>,
  who: Who = printable,
): readonly string[] {
  if (intents === undefined) {
    return [];
  }
  const kept = new Set(intents.map(({ key }) => key));
  const gone = serves.filter(({ key }) => !kept.has(key));
  return [
    ...intents.map((intent) => lineOf(intent, who)),
    ...gone.map(({ subject }) => `${nameOf(subject)}: who asked is no longer kept`),
  ];
}

function lineOf(intent: PlanIntent, who: Who): string {
  const { name, wish } = wishOf(intent);
  const { isReturned, isReplaced, reason } = intent;
  const what = isReturned === true ? `${name} back${letGoText(intent, who)}: was ${wish}` : `${name} ${wish}`;
  const since = isReplaced === true ? '; it has changed since' : '';
  return `${what}${overriddenText(intent)}: ${printable(reason)} (${wanterText(intent, who)})${since}`;
}

function wanterText({ by, kind, releasedBy, releaseReason }: PlanIntent, who: Who): string {
  const wanter = 'person' in by ? `by ${who(by.person)}` : printable(by.reaction);
  // What has left the fleet is wanted back by the fleet, and acted on when a person asks for that as well.
  return kind === 'removed' && releasedBy !== undefined
    ? `${wanter}, and by ${releaseText(who(releasedBy), releaseReason)}`
    : wanter;
}

function letGoText({ releasedBy, releaseReason, state, note }: PlanIntent, who: Who): string {
  if (releasedBy !== undefined) {
    return `, let go by ${releaseText(who(releasedBy), releaseReason)}`;
  }
  return state === 'leaving' && note === 'recovered' ? ', recovered' : '';
}

function releaseText(by: string, reason: string | undefined): string {
  return reason === undefined ? by : `${by} (${printable(reason)})`;
}

function overriddenText({ value }: PlanIntent): string {
  const rules: unknown = value['overrides'];
  return Array.isArray(rules) && rules.length > 0 ? `, overriding ${rules.map(wordOf).join(' and ')}` : '';
}

/** What an intent is about, and what is wanted of that. Pure. */
export function wishOf({ subject, kind, value }: Pick<PlanIntent, 'subject' | 'kind' | 'value'>): {
  readonly name: string;
  readonly wish: string;
} {
  const name = nameOf(subject);
  switch (kind) {
    case 'out':
      return { name, wish: `out, ${wordOf(value['urgency'])}` };
    case 'shares':
      return { name: 'weights', wish: weightsOf(value['weights']) };
    case 'removed':
      return { name, wish: 'back' };
    case 'pin':
      return { name, wish: `pinned ${wordOf(value['pinned'])}` };
    case 'floor':
      return { name, wish: `at least ${wordOf(value['minCount'])} nodes` };
    case 'image':
      return { name, wish: `to ${wordOf(value['tag'])}` };
    case 'rollback':
      return { name, wish: `back to ${wordOf(value['tag'])}` };
    default:
      return { name, wish: printable(kind) };
  }
}

/** `weu 700, neu 300` */
function weightsOf(weights: unknown): string {
  return Object.entries(weights ?? {})
    .map(([id, weight]) => `${nameOf(id)} ${wordOf(weight)}`)
    .join(', ');
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? printable(String(value)) : '?';
}

/** The end of an ARM id or of an image's path. */
function nameOf(subject: string): string {
  return printable(subject.split('/').at(-1) ?? subject);
}
