export { exportPlan } from './export-plan.ts';
export { toHtml } from './html.ts';
export { toMarkdown } from './markdown.ts';
export { reportOf, type Report } from './report.ts';
export { findPlan, readRun, type Run } from './run.ts';
