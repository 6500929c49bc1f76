export { callFor, decidePromotion, type TrackedStage } from './decide.ts';
export type { Standing, Written } from './facts.ts';
export { askAll } from './react.ts';
export { isAsked, judged, seen } from './track.ts';
