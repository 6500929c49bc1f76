import { present } from '../../fields.ts';
import type { Measured } from '../alert.ts';
import { at, items, numberOf, textOf, type Part } from '../part.ts';
import { pairsOf, readDimensions } from './dimensions.ts';
import type { Occasion, Reading } from './reader.ts';
import { statefulReading } from './stateful.ts';

/** A metric alert, with a fixed or a dynamic threshold, or of an availability test. */
export function readMetricContext(context: Part, occasion: Occasion): Reading {
  const conditions = items(at(context, 'condition', 'allOf'));
  return {
    ...statefulReading(occasion),
    ...readDimensions(conditions.flatMap((condition) => pairsOf(at(condition, 'dimensions')))),
    ...present({ measured: measuredBy(conditions), webTest: webTestOf(conditions) }),
    ruleProperties: at(context, 'properties'),
  };
}

function webTestOf(conditions: readonly Part[]): string | undefined {
  return conditions.map((condition) => textOf(at(condition, 'webTestName'))).find((name) => name !== undefined);
}

/** All conditions of a rule hold when it fires; the first that names its metric stands for them. */
function measuredBy(conditions: readonly Part[]): Measured | undefined {
  for (const condition of conditions) {
    const metric = textOf(at(condition, 'metricName'));
    if (metric !== undefined) {
      return present({
        metric,
        namespace: textOf(at(condition, 'metricNamespace')),
        value: numberOf(at(condition, 'metricValue')),
        threshold: numberOf(at(condition, 'threshold')),
        operator: textOf(at(condition, 'operator')),
      });
    }
  }
  return undefined;
}
