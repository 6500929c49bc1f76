export type { GateAccess } from './export/bash-gates.ts';
export { exportPlan } from './export/plan.ts';
export { commandsOf, exportScript } from './export/script.ts';
export { toHtml } from './html.ts';
export { toMarkdown } from './markdown.ts';
export { readExport } from './export/read.ts';
export { reportOf, type Report } from './report.ts';
export { findPlans, readRun, type Run } from './run.ts';
