import { at, members, type Part } from '../part.ts';
import { readDimensions } from './dimensions.ts';
import type { Occasion, Reading } from './reader.ts';
import { statefulReading } from './stateful.ts';

/** An alert of a Prometheus rule group: its labels are its dimensions. `cluster` may be an alias of the cluster. */
export function readPrometheusContext(context: Part, occasion: Occasion): Reading {
  return { ...statefulReading(occasion), ...readDimensions(members(at(context, 'labels'))) };
}
