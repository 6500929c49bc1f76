export { Candidates } from './candidates.ts';
export { rulesFor } from './decide.ts';
export { reactToPush, rollOut, subscriptionOf, type ImageRolloutDependencies, type Rollout } from './react.ts';
export type { PushedImage } from './schema.ts';
export { signatureGate } from './signature-gate.ts';
export { vulnerabilityGate } from './vulnerability-gate.ts';
