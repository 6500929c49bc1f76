const SUBSCRIPTION = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SEGMENT = /^[A-Za-z0-9_().-]{1,260}$/;

/** An Azure Resource Manager id, folded: two ids that ARM treats as one give the same `key`. */
export interface ResourceId {
  /** Lower case, no trailing slash: what to compare and to key rows by. */
  readonly key: string;
  /** Lower-case GUID. */
  readonly subscription: string;
  /** Lower case; absent for a subscription. */
  readonly resourceGroup?: string;
  /** Lower case, `microsoft.containerregistry/registries`; child types appended; absent for a scope. */
  readonly type?: string;
  /** Name of the last resource, as written. */
  readonly name?: string;
}

/**
 * Reads an ARM id of a subscription, a resource group or a resource (child resources too).
 *
 * @returns undefined for anything else: wrong shape, a segment outside ARM's characters, `..`, 2,048 characters or more.
 * @see https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
export function parseResourceId(text: string): ResourceId | undefined {
  if (text.length > 2048) {
    return undefined;
  }
  const segments = text.replace(/\/$/, '').split('/');
  if (
    segments.shift() !== '' ||
    !segments.every((segment) => SEGMENT.test(segment) && segment !== '..' && segment !== '.')
  ) {
    return undefined;
  }
  const [scope, guid, group, groupName, providers, namespace, ...rest] = segments;
  const subscription = guid?.toLowerCase() ?? '';
  if (scope?.toLowerCase() !== 'subscriptions' || !SUBSCRIPTION.test(subscription)) {
    return undefined;
  }
  const key = `/${segments.join('/').toLowerCase()}`;
  if (group === undefined) {
    return { key, subscription };
  }
  if (group.toLowerCase() !== 'resourcegroups' || groupName === undefined) {
    return undefined;
  }
  const resourceGroup = groupName.toLowerCase();
  if (providers === undefined) {
    return { key, subscription, resourceGroup };
  }
  if (
    providers.toLowerCase() !== 'providers' ||
    namespace === undefined ||
    rest.length === 0 ||
    rest.length % 2 !== 0
  ) {
    return undefined;
  }
  const types = rest.filter((_, index) => index % 2 === 0);
  return {
    key,
    subscription,
    resourceGroup,
    type: [namespace, ...types].join('/').toLowerCase(),
    name: rest.at(-1) ?? '',
  };
}
