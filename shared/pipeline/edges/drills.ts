import { isSameJson } from '../../domain/json.ts';
import type { OutWish } from '../../domain/traffic/wishes.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { withState } from '../../intents/lifecycle.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { edgeTarget } from '../../targets/edge/index.ts';
import { isKeptBack } from './answer.ts';
import { despiteOthers, intentsOf, type EdgeTools } from './look.ts';

interface Context {
  readonly rows: TargetRows;
  readonly tools: EdgeTools;
}

/**
 * A drill is for now: one that may not begin is over, lest it begin when nobody watches. Everything else that was asked for
 * stays so.
 *
 * @param isInTrouble - the edge could not be asked.
 * @returns the rows as they were before.
 */
export async function giveUpDrill(
  edge: FleetEdge,
  asked: readonly Intent[],
  { isInTrouble, rows, tools }: Context & { readonly isInTrouble: boolean },
): Promise<TargetState> {
  return await despiteOthers(async () => {
    const state = await rows.load(edgeTarget(edge));
    const now = asked.flatMap((one) => state.intents.get(intentKey(one)) ?? []);
    const stuck = now.filter(
      (intent) => !hasBegun(state, intent) && (isKeptBack(intent) || (isInTrouble && intent.state === 'open')),
    );
    await end(edge, state, { closed: stuck, released: [], rows, tools });
    return state;
  });
}

/** Drills whose time is over come back; those that a rule keeps back before they have begun are over. */
export async function endDrills(edge: FleetEdge, tools: EdgeTools): Promise<void> {
  const rows = new TargetRows(tools.rows);
  await despiteOthers(async () => {
    const state = await rows.load(edgeTarget(edge));
    const drills = intentsOf(edge, state, 'out').filter(({ value }) => untilOf({ value }) !== undefined);
    const closed = drills.filter((drill) => drill.state === 'blocked' && !hasBegun(state, drill));
    const now = tools.clock.now().getTime();
    const released = drills.filter((drill) => !closed.includes(drill) && isOver(drill, now));
    await end(edge, state, { closed, released, rows, tools });
  });
}

interface Ending extends Context {
  readonly closed: readonly Intent[];
  readonly released: readonly Intent[];
}

async function end(edge: FleetEdge, state: TargetState, { closed, released, rows, tools }: Ending): Promise<void> {
  if (closed.length + released.length === 0) {
    return;
  }
  const at = tools.clock.now().toISOString();
  const told = (drills: readonly Intent[], reasonOf: (drill: Intent) => string): readonly AuditEntry[] =>
    drills.map((drill) => ({
      kind: 'intent-released',
      at,
      facts: { subject: drill.subject, cause: drill.cause, reason: reasonOf(drill) },
    }));
  await rows.save(edgeTarget(edge), state, {
    intents: [
      ...closed.map((drill) => withState(drill, 'closed', drill.note ?? '')),
      ...released.map((drill) => ({ ...withState(drill, 'leaving', 'asked-for'), mode: 'enforce' as const })),
    ],
    audit: [...told(closed, ({ note }) => note ?? ''), ...told(released, () => 'drill-over')],
  });
}

function untilOf({ value }: Pick<Intent, 'value'>): number | undefined {
  return (value as unknown as OutWish).untilMs;
}

function isOver({ state, openedAt, value }: Intent, now: number): boolean {
  return state !== 'leaving' && Date.parse(openedAt) + (untilOf({ value }) ?? Infinity) <= now;
}

/**
 * True if something of ours keeps the origin out, or is on its way to. What a rule has kept back was not sent: a mark of
 * what is back already is that of an earlier wish.
 */
function hasBegun({ lane }: TargetState, { subject, state }: Intent): boolean {
  return lane.fields.some(
    ({ subject: about, group, baseline, written, attempted }) =>
      about === subject &&
      group !== 'weight' &&
      (state !== 'blocked' || attempted !== undefined || !isSameJson(baseline, written)),
  );
}
