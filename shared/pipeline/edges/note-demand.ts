import { isSameJson } from '../../domain/json.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { TargetRows } from '../../reconcile/target-rows.ts';
import { demandKey, demandOf, EDGES, edgeTarget, type ObservedEdge } from '../../targets/edge/index.ts';
import { despiteOthers, intentsOf, type EdgeTools } from './look.ts';

/**
 * Writes down what an edge would put on its clusters if capacity kept nothing back, where that has changed: more nodes
 * are asked for by it.
 *
 * @param seen - the edge as it was read; nothing changes where it could not be.
 */
export async function noteDemand(
  edge: FleetEdge,
  seen: ObservedEdge | undefined,
  { rows, tools }: { readonly rows: TargetRows; readonly tools: EdgeTools },
): Promise<void> {
  if (seen === undefined) {
    return;
  }
  await despiteOthers(async () => {
    const state = await rows.load(edgeTarget(edge));
    const demand = demandOf(seen, intentsOf(edge, state, 'out'));
    const known = (await tools.rows.get(EDGES, demandKey(edge.id)))?.value;
    const isNothing = demand === undefined || (known === undefined && !demand.isDraining);
    if (!isNothing && !isSameJson(known, demand)) {
      await rows.save(edgeTarget(edge), state, { facts: [{ rowKey: demandKey(edge.id), value: demand }] });
    }
  });
}
