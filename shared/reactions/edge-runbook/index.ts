export { decideRunbook, type RunbookDecision, type RunbookFacts } from './decide.ts';
