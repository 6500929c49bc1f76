import type { EdgeCommand, GivenCommand } from '../../shared/commands/edge-command.ts';
import type { Measurement } from '../../shared/pipeline/edges/edges.ts';
import { textOf } from './policy.ts';
import type { ScenarioEvent } from './scenario.ts';
import type { World } from './world.ts';

const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-00000000000f';

/** ARM id of a scenario's alert, lower case. */
export function alertId(id: string): string {
  const last = id.startsWith('/') ? (id.split('/').at(-1) ?? '') : id;
  // What no ARM name has.
  const name = last.replaceAll(/[^\w .:-]/g, (letter) => `~${letter.charCodeAt(0).toString(16)}`);
  return `${SUBSCRIPTION}/providers/microsoft.alertsmanagement/alerts/${name}`.toLowerCase();
}

/** An alert as Azure Monitor would send it, in the common schema. */
export function alertBody(event: ScenarioEvent, world: World): object {
  const { firedAt = event.at ?? 0, resolvedAt, severity = 1, region, monitorCondition = 'Fired' } = event as Alert;
  const isResolved = monitorCondition.toLowerCase() === 'resolved';
  const target = typeof event['target'] === 'string' ? armId(event['target']) : world.edge.profile;
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: alertId(textOf(event['alertId'], `alert-${region ?? 'none'}`)),
        alertRule: 'origin-health',
        severity: `Sev${String(severity).slice(-1)}`,
        signalType: 'Metric',
        monitorCondition: isResolved ? 'Resolved' : monitorCondition,
        monitoringService: 'Platform',
        alertTargetIDs: [target],
        originAlertId: 'scenario',
        firedDateTime: world.at(firedAt).toISOString(),
        ...(isResolved ? { resolvedDateTime: world.at(resolvedAt ?? event.at ?? firedAt).toISOString() } : {}),
        description: '',
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
      },
      alertContext: {
        properties: null,
        conditionType: 'SingleResourceMultipleMetricCriteria',
        condition: {
          windowSize: 'PT1M',
          allOf: [
            {
              metricName: 'OriginHealthPercentage',
              metricNamespace: 'Microsoft.Cdn/profiles',
              operator: 'LessThan',
              threshold: '50',
              timeAggregation: 'Average',
              dimensions: region === undefined ? [] : [{ name: 'Origin', value: region }],
              metricValue: 0,
            },
          ],
        },
      },
    },
  };
}

interface Alert {
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  readonly severity?: number | string;
  readonly region?: string;
  readonly monitorCondition?: string;
}

/** A body as it came, with the subscription of the scenario's ARM where it says `/subscriptions/s`. */
export function rawBody(said: unknown): string {
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  return text.replaceAll(/\/subscriptions\/s(?=[/"\\])/gi, SUBSCRIPTION);
}

/** Scenarios write `/subscriptions/s`; ARM's subscriptions are GUIDs. */
function armId(written: string): string {
  return written.startsWith('/')
    ? written.replace(/^\/subscriptions\/[^/]+/i, SUBSCRIPTION)
    : `${SUBSCRIPTION}/resourceGroups/${written}`;
}

/** One source's word, as a measurement. */
export function measurementOf(event: ScenarioEvent, world: World): Measurement {
  const number = (name: string): number | undefined => {
    const value = event[name];
    return typeof value === 'number' ? value : undefined;
  };
  const requests = number('requests');
  const errors = number('errors');
  const rate = errors !== undefined && requests !== undefined && requests > 0 ? errors / requests : undefined;
  const errorRate = number('errorRate') ?? rate;
  const p95Ms = number('p95ms');
  const taken = number('takenAt') ?? number('measuredAt');
  return {
    kind: 'measurement',
    source: textOf(event['source'], 'unknown'),
    at: taken === undefined ? world.clock.now().getTime() : world.at(taken).getTime(),
    hasNoData: event['noData'] === true,
    ...(event.region === undefined ? {} : { region: event.region }),
    ...(typeof event['origin'] === 'string' ? { takenIn: event['origin'] } : {}),
    ...(typeof event['bad'] === 'boolean' ? { isBad: event['bad'] } : {}),
    ...(requests === undefined ? {} : { requests }),
    ...(errorRate === undefined ? {} : { errorRate }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
  };
}

/** What a person asks for; undefined for an action that nobody knows. */
export function commandOf(event: ScenarioEvent, world: World, index: number): GivenCommand | undefined {
  const asked = askedOf(event, world);
  const id = event['idempotencyKey'] ?? event['id'] ?? event['executionId'] ?? `command-${index}`;
  return asked === undefined
    ? undefined
    : {
        id: textOf(id, `command-${index}`),
        by: textOf(event['requestedBy'], 'operator'),
        at: world.clock.now().toISOString(),
        asked,
      };
}

function askedOf(event: ScenarioEvent, world: World): EdgeCommand | undefined {
  const list = (name: string): readonly unknown[] => (Array.isArray(event[name]) ? (event[name] as unknown[]) : []);
  const steps = list('steps').filter((step): step is number => typeof step === 'number');
  const common = {
    edge: world.edge.id,
    reason: typeof event['reason'] === 'string' ? event['reason'] : '',
    override: list('override').map(String),
    dryRun: event['dryRun'] === true,
  };
  const origin = event.region ?? '';
  const ramp = steps.length === 0 ? {} : { steps };
  switch (event.kind === 'runbook' ? event['action'] : event.kind) {
    case 'evacuate':
    case 'failover':
      return { command: 'failover', ...common, origin, ...ramp };
    case 'gate-drain':
      return { command: 'failover', ...common, origin, through: 'gate' };
    case 'restore':
    case 'failback':
      return { command: 'failback', ...common, origin, ...ramp };
    case 'drill':
      return { command: 'drill', ...common, origin, durationSeconds: Number(event['durationSec'] ?? 600) };
    case 'set-shares':
      return { command: 'set-shares', ...common, shares: numbers(event['shares']) };
    case 'set-weights':
      return { command: 'set-weights', ...common, weights: numbers(event['weights']) };
    case 'shift-weight':
      return { command: 'shift-weight', ...common, origin, percent: Number(event['percent'] ?? 0) };
    default:
      return undefined;
  }
}

function numbers(value: unknown): Record<string, number> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, one]) => [name, Number(one)]));
}
