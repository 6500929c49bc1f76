import type { EdgeVote } from '../../ports/evidence-source.ts';

/** What somebody says about an edge's regions. Times are milliseconds since 1970, by the sender's clock. */
export type Report =
  /** An alert, as far as it is about this edge. */
  | {
      readonly kind: 'alert';
      /** Lower case; one for its whole life. */
      readonly id: string;
      readonly state: 'bad' | 'over' | 'unknown';
      /**
       * What it calls the regions that it speaks of: regions or origins by name, origins by their host; none: it does not
       * say.
       */
      readonly regions: readonly string[];
      /** What it was made of, by the name of the source that measures the same: `edge-health`. */
      readonly sees: string;
      /** True if that is seen from outside of every region. */
      readonly isOutside: boolean;
      /** Name of its rule. */
      readonly rule?: string;
      readonly firedAt: number;
      readonly resolvedAt?: number;
      /** 0 to 4. */
      readonly severity?: number;
      /** Somebody stopped it on purpose. */
      readonly isByUser: boolean;
    }
  /** One source's measurement. */
  | ({ readonly kind: 'measurement' } & EdgeVote)
  /** The clock: look again, with what the edge's own measurements say now. */
  | { readonly kind: 'tick'; readonly measurements?: readonly Measurement[] };

type Measurement = Extract<Report, { kind: 'measurement' }>;

/** Sources whose probes come from outside of every region, unless they say otherwise. */
export const OUTSIDE_SOURCES: readonly string[] = [
  'afd-probe',
  'tm-probe',
  'synthetic',
  'edge-health',
  'edge-errors',
  'edge-latency',
];

/** Whoever says that a region is bad by this alone says that it is slow. */
export const SLOW_SOURCE = 'edge-latency';
