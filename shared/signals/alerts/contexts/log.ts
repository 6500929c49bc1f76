import { at, items, type Part } from '../part.ts';
import { pairsOf, readDimensions } from './dimensions.ts';
import type { Occasion, Reading } from './reader.ts';
import { statefulReading } from './stateful.ts';

/** A log alert of Log Analytics or Application Insights from before 2021. */
export function readLogV1Context(context: Part, occasion: Occasion): Reading {
  return { ...statefulReading(occasion), ...readDimensions(pairsOf(at(context, 'Dimensions'))) };
}

/** A log alert of a scheduled query rule, the simple one too. Rows and links in it are never followed. */
export function readLogV2Context(context: Part, occasion: Occasion): Reading {
  const conditions = items(at(context, 'condition', 'allOf'));
  return {
    ...statefulReading(occasion),
    ...readDimensions(conditions.flatMap((condition) => pairsOf(at(condition, 'dimensions')))),
    ruleProperties: at(context, 'properties'),
  };
}
