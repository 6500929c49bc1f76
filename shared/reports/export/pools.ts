import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { FieldChange } from '../../reconcile/plan.ts';
import type { ArmWrite } from './writes.ts';
import { quoted } from './bash-text.ts';

/** https://learn.microsoft.com/rest/api/aks/agent-pools/get */
const API_VERSION = '2025-05-01';
/** https://learn.microsoft.com/azure/aks/quotas-skus-regions: nodes of a pool at most. */
const MOST_NODES = 1_000;

/** The write of a node pool's least number of nodes: AKS takes whole pools, so that the Azure CLI's own command does it. */
export interface PoolWrite extends ArmWrite {
  readonly pool: {
    readonly subscription: string;
    readonly group: string;
    readonly cluster: string;
    readonly name: string;
  };
}

/** The write of a pool, or why it cannot be exported; undefined for anything else. Pure. */
export function poolWriteOf({ subject, from, to }: FieldChange): PoolWrite | { readonly reason: string } | undefined {
  const id = parseResourceId(subject);
  const [, , subscription = '', , group = '', , , , cluster = '', , name = ''] = (id?.key ?? '').split('/');
  if (id?.type !== 'microsoft.containerservice/managedclusters/agentpools') {
    return undefined;
  }
  const [before, after] = [countOf(from['minCount']), countOf(to['minCount'])];
  if (before === undefined || after === undefined) {
    return {
      reason: `${subject}: ${canonicalJson(from)} to ${canonicalJson(to)} is no change of its least number of nodes`,
    };
  }
  return {
    id: id.key,
    apiVersion: API_VERSION,
    field: 'minCount',
    from: String(before),
    to: String(after),
    body: { properties: { minCount: after } },
    isLongRunning: true,
    pool: { subscription, group, cluster, name },
  };
}

function countOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_NODES ? value : undefined;
}

/** What a script that writes pools begins with, beside the rest. */
export const POOL_PRELUDE = `# write_min_count ID API SUBSCRIPTION GROUP CLUSTER POOL COUNT
write_min_count() {
  local most
  most="$(read_value "$1" "$2" properties.maxCount)" || stop "cannot read $1"
  az aks nodepool update --subscription "$3" --resource-group "$4" --cluster-name "$5" --name "$6" \\
    --update-cluster-autoscaler --min-count "$7" --max-count "$most" --output none || stop "the write was refused: $1"
  wrote=yes
}
`;

/** The call as a person would type it; the most nodes stay as they are. Pure. */
export function poolCommand({ id, apiVersion, to, pool }: PoolWrite): string {
  const { subscription, group, cluster, name } = pool;
  const url = quoted(`${id}?api-version=${apiVersion}`);
  const most = `"$(az rest --method get --url ${url} --query 'properties.maxCount' --output tsv)"`;
  return `az aks nodepool update --subscription ${quoted(subscription)} --resource-group ${quoted(group)} --cluster-name ${quoted(cluster)} --name ${quoted(name)} --update-cluster-autoscaler --min-count ${quoted(to)} --max-count ${most}`;
}
