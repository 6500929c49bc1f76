import { z } from 'zod';

import { isDigest, isRepository, isTag } from '../../domain/image/reference.ts';
import { instant, name, optional, present, text } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type DataDecoder } from './data-decoder.ts';

const ACTIONS = {
  'Microsoft.ContainerRegistry.ImagePushed': 'push',
  'Microsoft.ContainerRegistry.ImageDeleted': 'delete',
  'Microsoft.ContainerRegistry.ChartPushed': 'chart_push',
  'Microsoft.ContainerRegistry.ChartDeleted': 'chart_delete',
} as const;

type RegistryType = keyof typeof ACTIONS;

/** What a registry says about a manifest; a hint, to be read again from the registry. */
export interface RegistryData {
  readonly action: (typeof ACTIONS)[RegistryType];
  readonly repository: string;
  /** Absent for a manifest pushed by digest. Of a chart event the chart's file name. */
  readonly tag?: string;
  readonly digest?: string;
  readonly mediaType: string;
  /** Bytes. */
  readonly size?: number;
  readonly timestamp: Date;
  readonly location?: string;
  /** Name of the edge registry that took the push; absent for the cloud registry. */
  readonly connectedRegistry?: string;
  /** As the client wrote it: never decides which registry is asked. */
  readonly requestHost?: string;
}

export type RegistryBody = SignalBodyOf<'registry', RegistryType, RegistryData>;

/** `my-chart-1.0.0+build.tgz`: a file name, wider than a tag by the plus sign of semver's build metadata. */
const CHART_FILE = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,255}$/;

const tag = {
  image: z.string().refine(isTag, 'is not a tag'),
  chart: z.string().regex(CHART_FILE, 'is not the file name of a chart'),
};

function registryEvent(kind: keyof typeof tag) {
  return z.object({
    action: name,
    timestamp: instant,
    location: optional(text),
    target: z.object({
      mediaType: name,
      repository: z.string().refine(isRepository, 'is not a repository name'),
      tag: optional(tag[kind]),
      digest: optional(z.string().refine(isDigest, 'is not a digest (sha256: and 64 hex digits)')),
      size: optional(z.int().nonnegative()),
    }),
    request: optional(z.object({ host: optional(text) })),
    connectedRegistry: optional(z.object({ name })),
  });
}

const image = registryEvent('image');
const chart = registryEvent('chart');

function decoder(type: RegistryType): DataDecoder<RegistryBody> {
  const action = ACTIONS[type];
  const schema = (action === 'push' || action === 'delete' ? image : chart).refine((data) => data.action === action, {
    path: ['action'],
    message: `must be ${action}`,
  });
  return (data) =>
    bodyOf(read(schema, data, 'data'), ({ target, request, connectedRegistry, timestamp, location }) => ({
      family: 'registry',
      type,
      data: present({
        action,
        ...target,
        timestamp,
        location,
        connectedRegistry: connectedRegistry?.name,
        requestHost: request?.host,
      }),
    }));
}

export const REGISTRY_EVENTS = (Object.keys(ACTIONS) as RegistryType[]).map((type) => [type, decoder(type)] as const);
