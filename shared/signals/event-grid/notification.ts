import { z } from 'zod';

import { armPath, instantOrUnset, optional, text } from '../fields.ts';

/**
 * The frame of every Azure Resource Notifications event. The wire says `resourceInfo` and `operationalInfo`;
 * `@azure/eventgrid` 5.12.0 types the same members as `resourceDetails` and `operationalDetails`, which are never there.
 */
export function notification<Properties extends z.ZodType>(properties: Properties) {
  return z.object({
    resourceInfo: z.object({ id: armPath, type: optional(text), location: optional(text), properties }),
    operationalInfo: optional(z.object({ resourceEventTime: instantOrUnset })),
    apiVersion: optional(text),
  });
}
