import { present } from '../../fields.ts';
import { at, items, textOf, type Part } from '../part.ts';
import { pairsOf, readDimensions } from './dimensions.ts';
import type { Occasion, Reading } from './reader.ts';
import { statefulReading } from './stateful.ts';

/** A log alert of Log Analytics or Application Insights from before 2021. */
export function readLogV1Context(context: Part, occasion: Occasion): Reading {
  const workspace = textOf(at(context, 'WorkspaceId'))?.toLowerCase() ?? '';
  return {
    ...statefulReading(occasion),
    ...readDimensions(pairsOf(at(context, 'Dimensions'))),
    ...(GUID.test(workspace) ? { workspace } : {}),
  };
}

/** A log alert of a scheduled query rule, the simple one too. Rows and links in it are never followed. */
export function readLogV2Context(context: Part, occasion: Occasion): Reading {
  const conditions = items(at(context, 'condition', 'allOf'));
  return {
    ...statefulReading(occasion),
    ...readDimensions(conditions.flatMap((condition) => pairsOf(at(condition, 'dimensions')))),
    ...present({ workspace: workspaceOf(conditions) }),
    ruleProperties: at(context, 'properties'),
  };
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Where the results can be asked for, in each of Azure's clouds: nothing else in the alert tells the workspace's id.
 * https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-payload-samples
 */
const RESULTS =
  /^https:\/\/api\.loganalytics\.(?:io|us|azure\.(?:com|us|cn))\/v1\/workspaces\/([0-9a-f-]{36})\/query\?/i;
/** Ours: the link holds the whole query. */
const MAX_LINK = 64 * 1024;

function workspaceOf(conditions: readonly Part[]): string | undefined {
  return conditions
    .map((condition) => RESULTS.exec(textOf(at(condition, 'linkToSearchResultsAPI'), MAX_LINK) ?? '')?.[1])
    .map((workspace) => workspace?.toLowerCase())
    .find((workspace) => workspace !== undefined && GUID.test(workspace));
}
