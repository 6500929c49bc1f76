export {
  commandSignal,
  decideImageCommand,
  type ImageRunbookDecision,
  type StageFacts,
  type StageVersion,
} from './decide.ts';
