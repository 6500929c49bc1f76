import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';

/** What Event Grid is given, before it is put into one of its schemas. */
export interface RaisedData {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly dataVersion: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface PushFacts {
  readonly action: 'push' | 'delete';
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly loginServer: string;
  readonly location: string;
  readonly userAgent: string;
}

/**
 * The event of Azure Container Registry for a manifest PUT or DELETE.
 * @see https://learn.microsoft.com/azure/event-grid/event-schema-container-registry
 */
export function registryEvent(facts: PushFacts, clock: Clock, random: Random): RaisedData {
  const { action, repository, tag, digest, mediaType, size } = facts;
  const isPush = action === 'push';
  const at = clock.now().toISOString();
  const target = isPush
    ? { mediaType, size, digest, length: size, repository, ...(tag === undefined ? {} : { tag }) }
    : { mediaType, digest, repository };
  return {
    id: random.uuid(),
    type: isPush ? 'Microsoft.ContainerRegistry.ImagePushed' : 'Microsoft.ContainerRegistry.ImageDeleted',
    subject: tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`,
    time: at.replace('Z', '0000Z'),
    dataVersion: '1.0',
    data: {
      id: random.uuid(),
      timestamp: at.replace('Z', '000000Z'),
      action,
      location: facts.location,
      target,
      request: {
        id: random.uuid(),
        host: facts.loginServer,
        method: isPush ? 'PUT' : 'DELETE',
        useragent: facts.userAgent,
      },
    },
  };
}
