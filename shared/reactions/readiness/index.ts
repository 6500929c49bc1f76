export { checkReadiness } from './decide.ts';
export { gatherReadiness, type EdgeFacts, type ReadinessPorts } from './gather.ts';
export type { Check, PoolGrowth, ReadinessFacts } from './schema.ts';
