export { Candidates } from './candidates.ts';
export { rulesFor } from './decide.ts';
export { reactToPush, rollOut, type ImageRolloutDependencies, type Rollout } from './react.ts';
