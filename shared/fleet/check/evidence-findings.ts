import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { ALL_ORIGINS } from '../../domain/traffic/evidence-settings.ts';
import { parseOriginName } from './edge-origins.ts';
import type { Finding, FleetPath } from '../findings.ts';
import type { Entry } from '../read/merge.ts';
import { didYouMean } from './nearest.ts';
import { durationMs } from '../schema/scalars.ts';
import type { Edge } from '../schema.ts';

type Evidence = NonNullable<Edge['evidence']>;

type Problem = Pick<Finding, 'code' | 'message'> & {
  /** Below the edge. */
  readonly path: FleetPath;
  readonly severity?: Finding['severity'];
};

/**
 * Sources that ask about origins that there are not, and sources whose votes can never count.
 *
 * @param written - the edge's origins, labels filled in.
 */
export function checkEvidence({ value, part, path }: Entry<Edge>, written: readonly string[]): readonly Finding[] {
  const { evidence, signals, planned } = value;
  if (evidence === undefined) {
    return [];
  }
  return [
    ...originProblems(evidence, written),
    ...subjectProblems(evidence, written),
    ...logProblems(evidence, signals),
    ...syntheticProblems(evidence),
    ...uncountedProblems(evidence, signals),
    ...lagProblems(evidence, { signals, planned }),
  ].map(({ path: below, ...problem }) => part.document.remark([...path, ...below], problem));
}

function originProblems({ appGateways, synthetic }: Evidence, written: readonly string[]): readonly Problem[] {
  const names = written.map((one) => parseOriginName(one).name);
  const known = new Set(names.map((name) => name.toLowerCase()));
  const keys = [
    ...Object.keys(appGateways ?? {}).map((key) => ({ key, path: ['evidence', 'appGateways', key] })),
    ...Object.keys(synthetic?.origins ?? {}).map((key) => ({ key, path: ['evidence', 'synthetic', 'origins', key] })),
  ];
  return keys
    .filter(({ key }) => !known.has(key.toLowerCase()))
    .map(({ key, path }) => ({
      path,
      code: 'unknown-reference',
      message: `\`${key}\` is no origin of this edge${didYouMean(key, names)}`,
    }));
}

function subjectProblems({ alertResources = {} }: Evidence, written: readonly string[]): readonly Problem[] {
  const names = written.map((one) => parseOriginName(one).name);
  const known = new Set([ALL_ORIGINS, ...names.map((name) => name.toLowerCase())]);
  const keys = Object.keys(alertResources).map((id) => parseResourceId(id)?.key);
  return Object.entries(alertResources).flatMap(([id, subject], index): readonly Problem[] => {
    const path = ['evidence', 'alertResources', id];
    const message = `\`${subject}\` is no origin of this edge and not \`${ALL_ORIGINS}\`${didYouMean(subject, names)}`;
    return [
      ...(known.has(subject.toLowerCase()) ? [] : [{ path, code: 'unknown-reference' as const, message }]),
      ...(keys.indexOf(keys[index]) === index
        ? []
        : [{ path, code: 'conflict' as const, message: 'this resource is there twice, in other letters' }]),
    ];
  });
}

function logProblems({ logs = [] }: Evidence, { voteTtl }: Edge['signals']): readonly Problem[] {
  const names = logs.map(({ name }) => name);
  return logs.flatMap(({ name, every }, index): readonly Problem[] => [
    ...(names.indexOf(name) === index
      ? []
      : [
          {
            path: ['evidence', 'logs', index, 'name'],
            code: 'conflict' as const,
            message: `\`${name}\` is there twice: its votes would be those of one source`,
          },
        ]),
    ...(every === undefined || durationMs(every) < durationMs(voteTtl)
      ? []
      : [
          {
            path: ['evidence', 'logs', index, 'every'],
            severity: 'warning' as const,
            code: 'no-effect' as const,
            message: `every ${every} is not shorter than voteTtl ${voteTtl}: its votes expire before they are renewed`,
          },
        ]),
  ]);
}

function syntheticProblems({ synthetic }: Evidence): readonly Problem[] {
  const message = 'names neither `url` nor `origins`: nothing is probed';
  return synthetic === undefined || synthetic.url !== undefined || Object.keys(synthetic.origins).length > 0
    ? []
    : [{ path: ['evidence', 'synthetic'], severity: 'warning', code: 'no-effect', message }];
}

/** Sources that `signals.sources` does not name. */
function uncountedProblems(evidence: Evidence, { sources }: Edge['signals']): readonly Problem[] {
  const { appGateways, clusters, logs = [], resourceHealth, serviceHealth, synthetic } = evidence;
  const asked: readonly (readonly [FleetPath, string])[] = [
    ...(appGateways === undefined ? [] : [[['appGateways'], 'app-gateway'] as const]),
    ...(clusters === undefined ? [] : ['aks-nodes', 'aks-pods'].map((name) => [['clusters'], name] as const)),
    ...logs.map(({ name }, index) => [['logs', index], `logs:${name}`] as const),
    ...(resourceHealth ? [[['resourceHealth'], 'resource-health'] as const] : []),
    ...(serviceHealth === undefined ? [] : [[['serviceHealth'], 'service-health'] as const]),
    ...(synthetic === undefined ? [] : [[['synthetic'], 'synthetic'] as const]),
  ];
  return asked
    .filter(([, source]) => sources?.includes(source) === false)
    .map(([below, source]) => ({
      path: ['evidence', ...below],
      severity: 'warning',
      code: 'no-effect',
      message: `signals.sources does not name \`${source}\`: its votes do not count`,
    }));
}

/** A vote is as old as what it was measured from. */
function lagProblems(
  { appGateways, clusters }: Evidence,
  { signals: { voteTtl }, planned: { metricLag } }: Pick<Edge, 'signals' | 'planned'>,
): readonly Problem[] {
  const isMetric = appGateways !== undefined || clusters !== undefined;
  const message = `voteTtl ${voteTtl} is not longer than planned.metricLag ${metricLag}: votes by metrics expire before they count`;
  return isMetric && durationMs(voteTtl) <= durationMs(metricLag)
    ? [{ path: ['signals', 'voteTtl'], severity: 'warning', code: 'no-effect', message }]
    : [];
}
