export { Candidates } from './candidates.ts';
export { rulesFor } from './decide.ts';
export { reactToPush, subscriptionOf } from './react.ts';
export { rollOut, type ImageRolloutDependencies, type Rollout } from './roll-out.ts';
export type { PushedImage } from './schema.ts';
export { signatureGate } from './signature-gate.ts';
export { vulnerabilityGate } from './vulnerability-gate.ts';
