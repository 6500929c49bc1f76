import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { ALL_ORIGINS } from '../../domain/traffic/evidence-settings.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { AlertData } from './alert.ts';

type Spoken = Pick<AlertData, 'targets' | 'workspace' | 'webTest'>;

/**
 * What an alert is about on an edge by the resources that its evidence names for alerts, and by the workspaces that its
 * log queries ask. Pure.
 *
 * @returns names of origins; `ALL_ORIGINS` alone where the alert itself must say which; none if the edge names nothing
 *   that the alert is on. An entry for an origin beats one for all of them.
 */
export function subjectsOn({ evidence }: Pick<FleetEdge, 'evidence'>, alert: Spoken): readonly string[] {
  const ids = watchedBy(alert);
  const named = Object.entries(evidence?.alertResources ?? {})
    .filter(([resource]) => ids.some((id) => id === resource || id.startsWith(`${resource}/`)))
    .map(([, subject]) => subject);
  const origins = [...new Set(named)].filter((subject) => subject !== ALL_ORIGINS);
  if (origins.length > 0) {
    return origins;
  }
  const isAsked = evidence?.logs?.some(({ workspace }) => workspace === alert.workspace) === true;
  return named.length > 0 || isAsked ? [ALL_ORIGINS] : [];
}

const COMPONENT = 'microsoft.insights/components';

/** ARM ids in lower case. A web test lies in the resource group of its component, which is what its alert names. */
function watchedBy({ targets, webTest }: Spoken): readonly string[] {
  return targets.flatMap((target) => {
    const { key, type } = parseResourceId(target) ?? {};
    if (key === undefined) {
      return [];
    }
    const [group = ''] = key.split('/providers/');
    const test = `${group}/providers/microsoft.insights/webtests/${webTest?.toLowerCase() ?? ''}`;
    return webTest !== undefined && type === COMPONENT ? [key, test] : [key];
  });
}
