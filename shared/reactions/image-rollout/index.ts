export { rulesFor } from './decide.ts';
export { reactToPush, type ImageRolloutDependencies, type Rollout } from './react.ts';
