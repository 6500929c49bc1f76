export { decideFailover } from './decide.ts';
export type { Decision, FailoverFacts, Verdict as FailoverVerdict } from './facts.ts';
export { SLOW_SOURCE, type Report } from './schema.ts';
