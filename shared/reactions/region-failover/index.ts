export { decideFailover, type Decision, type FailoverFacts, type Verdict as FailoverVerdict } from './decide.ts';
export type { Report } from './schema.ts';
