import type { Fleet } from '../fleet/model.ts';
import type { DataTier } from '../ports/data-tier.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';

/** An edge's readings with those of the data behind it, where its owner says who is to be asked. */
export function withDataTier(
  readings: EdgeReadings,
  { dataTier, fleet }: { readonly dataTier: DataTier; readonly fleet: () => Promise<Pick<Fleet, 'edges'>> },
): EdgeReadings {
  return {
    read: async (edge) => {
      const query = (await fleet()).edges.find(({ id }) => id === edge.toLowerCase())?.dataTier;
      const [reading, data] = await Promise.all([readings.read(edge), query === undefined ? {} : dataTier.read(query)]);
      return reading === undefined ? undefined : { ...reading, ...data };
    },
  };
}
