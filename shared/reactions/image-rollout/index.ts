export { reactToPush, type ImageRolloutDependencies, type Rollout } from './react.ts';
