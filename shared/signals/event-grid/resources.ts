import { z } from 'zod';

import { armPath, name, optional, present, text } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';

const TYPES = [
  'Microsoft.Resources.ResourceWriteSuccess',
  'Microsoft.Resources.ResourceWriteFailure',
  'Microsoft.Resources.ResourceWriteCancel',
  'Microsoft.Resources.ResourceDeleteSuccess',
  'Microsoft.Resources.ResourceDeleteFailure',
  'Microsoft.Resources.ResourceDeleteCancel',
  'Microsoft.Resources.ResourceActionSuccess',
  'Microsoft.Resources.ResourceActionFailure',
  'Microsoft.Resources.ResourceActionCancel',
] as const;

type ResourceChangeType = (typeof TYPES)[number];

/** An ARM operation on a resource of the subscription or resource group. */
export interface ResourceChangeData {
  /** ARM id as written; names of some resource types have characters that `parseResourceId` refuses. */
  readonly resourceUri: string;
  readonly operationName: string;
  readonly status?: string;
  readonly correlationId?: string;
  /** Application that asked for it. Our own means that we would react to ourselves. */
  readonly callerAppId?: string;
}

export type ResourceChangeBody = SignalBodyOf<'resources', ResourceChangeType, ResourceChangeData>;

const change = z.object({
  resourceUri: armPath,
  operationName: name,
  status: optional(text),
  correlationId: optional(text),
  claims: optional(z.object({ appid: optional(text) })),
});

export const RESOURCE_CHANGES: readonly EventEntry<ResourceChangeBody>[] = TYPES.map((type) => [
  type,
  (data) =>
    bodyOf(read(change, data, 'data'), ({ claims, ...rest }) => ({
      family: 'resources',
      type,
      data: present({ ...rest, callerAppId: claims?.appid }),
    })),
]);
