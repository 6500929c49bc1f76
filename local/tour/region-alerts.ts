import { metricAlert, type MetricAlert } from './metric-alert.ts';

/** An origin that two monitors watch. */
export interface WatchedOrigin {
  /** ARM id of its edge. */
  readonly edge: string;
  readonly name: string;
  /** ARM id. */
  readonly cluster: string;
}

/** Rules of the two alerts. */
export const RULES = 'origin-health and node-not-ready';

/**
 * Alerts of two sources that do not depend on each other: what the edge sees, and what the cluster says of itself.
 * @param run - ends their ids: an alert that was resolved does not fire again.
 */
export function regionAlerts(
  { edge, name, cluster }: WatchedOrigin,
  run: string,
  state: MetricAlert['state'],
): readonly object[] {
  const profile = edge.replace(/\/origingroups\/[^/]+$/i, '');
  const dimensions = { Origin: name };
  return [
    metricAlert({ target: profile, id: `${run}-edge`, rule: 'origin-health', state, dimensions }),
    metricAlert({ target: cluster, id: `${run}-cluster`, rule: 'node-not-ready', state }),
  ];
}
