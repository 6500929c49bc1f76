export { decideRunbook, type RunbookDecision } from './decide.ts';
