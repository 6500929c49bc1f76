/**
 * What Azure must let the app's identity do, by what it is for: the calls of our adapters, and no more. The table in
 * docs/failover.md says the same.
 *
 * @see https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
 */
export const ACTIONS = {
  /** To be told what it may do. */
  permissions: ['Microsoft.Authorization/permissions/read'],
  readFrontDoor: ['Microsoft.Cdn/profiles/origingroups/read', 'Microsoft.Cdn/profiles/origingroups/origins/read'],
  steerFrontDoor: ['Microsoft.Cdn/profiles/origingroups/origins/write'],
  /** To be told how a write ends, at addresses below the profile's resource group. */
  followFrontDoor: ['Microsoft.Cdn/operationresults/read'],
  readRoutes: ['Microsoft.Cdn/profiles/afdendpoints/read', 'Microsoft.Cdn/profiles/afdendpoints/routes/read'],
  moveRoutes: ['Microsoft.Cdn/profiles/afdendpoints/routes/write'],
  readTrafficManager: ['Microsoft.Network/trafficManagerProfiles/read'],
  azureEndpoints: ['Microsoft.Network/trafficManagerProfiles/azureEndpoints/write'],
  externalEndpoints: ['Microsoft.Network/trafficManagerProfiles/externalEndpoints/write'],
  nestedEndpoints: ['Microsoft.Network/trafficManagerProfiles/nestedEndpoints/write'],
  metrics: ['Microsoft.Insights/metrics/read'],
  readPools: ['Microsoft.ContainerService/managedClusters/agentPools/read'],
  scalePools: ['Microsoft.ContainerService/managedClusters/agentPools/write'],
  /** Likewise, below the cluster's subscription. */
  followPools: ['Microsoft.ContainerService/locations/operations/read'],
  joinSubnet: ['Microsoft.Network/virtualNetworks/subnets/join/action'],
  serviceHealth: ['Microsoft.ResourceHealth/events/read'],
  resourceHealth: ['Microsoft.ResourceHealth/availabilityStatuses/read'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The same inside of resources. */
export const DATA_ACTIONS = {
  readGates: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'],
  moveGates: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
