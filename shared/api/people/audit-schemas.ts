import * as z from 'zod';

import { AUDIT_KINDS } from '../../records/audit.ts';
import { Page } from './schemas.ts';

export const AuditQuery = Page.extend({
  target: z.string().max(512).exactOptional().meta({ description: 'key of one target, as a record shows it' }),
  kind: z.enum(AUDIT_KINDS).exactOptional(),
  about: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .meta({ description: 'text that the facts must hold: an origin, an image, a plan, a person' }),
});

export const AuditRecordView = z.object({
  target: z.string(),
  seq: z.number().int(),
  at: z.string().meta({ description: 'ISO 8601' }),
  kind: z.enum(AUDIT_KINDS),
  facts: z.record(z.string(), z.unknown()),
  hash: z.string(),
});

export const AuditPage = z.object({ records: z.array(AuditRecordView), next: z.string().optional() });
