import { digestOf } from '../../domain/digest.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { leftBehind, type Plan } from '../plan.ts';
import type { TargetState } from '../target-rows.ts';

/**
 * Names what was refused, or did not work: the steps of a plan, and what asked for them. The same is not tried again; what
 * is asked for anew is something else, though its steps be the same. Pure.
 *
 * @param intents - of the partition, as they are now.
 */
export function refusalKey(
  plan: Pick<Plan, 'target' | 'steps' | 'serves' | 'digest'>,
  intents: ReadonlyMap<string, Intent>,
): string {
  const left = leftBehind([...intents.values()], plan).map(intentKey);
  const own = plan.serves.filter(({ stood }) => stood !== true).map(({ key }) => key);
  const keys = new Set([...own, ...left]);
  const asked = [...keys].toSorted().flatMap((key) => {
    const intent = intents.get(key);
    return intent === undefined ? [] : [{ key, value: intent.value, openedAt: intent.openedAt }];
  });
  return digestOf({ digest: plan.digest, asked });
}

const TRY_AGAIN_MS = 15 * 60_000;

/**
 * True if the same was refused, and is not to be tried again yet. A Git host's refusal (a rule of the branch, a permission)
 * is mended there, and nobody tells us.
 */
export function isRefused(
  asked: Parameters<typeof refusalKey>[0],
  { lane, intents }: Pick<TargetState, 'lane' | 'intents'>,
  now: Date,
): boolean {
  const { refused, refusedAt } = lane;
  const isOld = refusedAt !== undefined && now.getTime() - Date.parse(refusedAt) >= TRY_AGAIN_MS;
  return refused !== undefined && refused === refusalKey(asked, intents) && !isOld;
}
