import { namedOrigins } from '../adapters/named-origins.ts';
import type { Fleet, FleetEdge } from '../fleet/model.ts';
import type { DataTier, DataTierAnswer } from '../ports/data-tier.ts';
import type { EdgeReading, EdgeReadings } from '../ports/edge-readings.ts';

/** An edge's readings with those of the data behind it, where its owner says who is to be asked. */
export function withDataTier(
  readings: EdgeReadings,
  { dataTier, fleet }: { readonly dataTier: DataTier; readonly fleet: () => Promise<Pick<Fleet, 'edges'>> },
): EdgeReadings {
  return {
    read: async (id) => {
      const edge = (await fleet()).edges.find((one) => one.id === id.toLowerCase());
      const query = edge?.dataTier;
      const [reading, data] = await Promise.all([readings.read(id), query === undefined ? {} : dataTier.read(query)]);
      return reading === undefined ? undefined : withAnswer(reading, data, edge?.origins ?? []);
    },
  };
}

function withAnswer(
  reading: EdgeReading,
  { regions, ...ofAll }: DataTierAnswer,
  origins: FleetEdge['origins'],
): EdgeReading {
  const told = [...(regions ?? [])].flatMap(([region, state]) =>
    namedOrigins(origins, region).map(({ name }) => [name, { ...reading.origins[name], ...state }] as const),
  );
  return { ...reading, ...ofAll, origins: { ...reading.origins, ...Object.fromEntries(told) } };
}
