export { checkReadiness } from './decide.ts';
export { gatherEdge, type ReadinessPorts } from './gather.ts';
export { clustersBehind, needsOf } from './needs.ts';
export type { Check, PoolGrowth, ReadinessFacts, ScopeAccess } from './schema.ts';
