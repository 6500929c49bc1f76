import type { Part } from '../part.ts';
import type { Occasion, Reading } from './reader.ts';

/** An anomaly that Application Insights found; its values are sentences. */
export function readSmartDetectorContext(_context: Part, { alertId }: Occasion): Reading {
  return { state: 'bad', incident: alertId };
}
