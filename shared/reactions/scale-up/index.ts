export { decideScaleUp } from './decide.ts';
export type { PoolVerdict, ScaleUpFacts, ScalingCluster, ScalingEdge } from './schema.ts';
