import { z } from 'zod';

import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { armPath, instant, instantOrUnset, listed, name, optional, present, text } from '../fields.ts';
import { read } from '../result.ts';
import type { Decoded, Hints } from '../signal.ts';
import { readContext } from './context.ts';
import { kindOf } from './kind.ts';
import { recogniseLegacyAlert } from './legacy.ts';
import { at, stringOf, type Part } from './part.ts';

export const COMMON_ALERT_SCHEMA = 'azureMonitorCommonAlertSchema';

/** https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema: at most 256 KB an alert. */
const MAX_ALERT_BYTES = 256 * 1024;
/** Azure Monitor raises one alert per resource; a list longer than this is a fan-out bomb. */
const MAX_TARGETS = 50;

const essentials = z.object({
  alertId: armPath,
  monitorCondition: listed({ fired: 'Fired', resolved: 'Resolved' } as const),
  monitoringService: name,
  severity: optional(listed({ sev0: 'Sev0', sev1: 'Sev1', sev2: 'Sev2', sev3: 'Sev3', sev4: 'Sev4' } as const)),
  signalType: optional(listed({ metric: 'metric', log: 'log', activitylog: 'activity-log' } as const)),
  alertRule: optional(text),
  alertRuleId: optional(armPath),
  alertTargetIDs: optional(z.array(armPath).max(MAX_TARGETS, `has more than ${MAX_TARGETS} entries`)),
  firedDateTime: instant,
  resolvedDateTime: instantOrUnset,
  description: optional(text),
  essentialsVersion: optional(name),
});

const commonAlert = z.object({ essentials });

interface AlertBody {
  readonly body: Readonly<Record<string, unknown>>;
  /** Size as compact JSON. */
  readonly bytes: number;
  readonly hints: Hints;
}

/**
 * Recognises an alert of an action group and reads it. Essentials that are malformed get it rejected; whatever is odd in
 * its context is left out and named. Text, links and amounts are data: no part of it is followed or believed.
 */
export function recogniseAlert({ body, bytes, hints: given }: AlertBody): Decoded {
  const hints: Hints = { ...given, family: 'alert' };
  if (bytes > MAX_ALERT_BYTES) {
    return {
      ...hints,
      outcome: 'rejected',
      code: 'too-large',
      reason: `an alert has ${MAX_ALERT_BYTES} bytes at most`,
    };
  }
  if (body['schemaId'] !== COMMON_ALERT_SCHEMA) {
    const legacy = recogniseLegacyAlert(body);
    return { ...hints, outcome: 'unknown', reason: 'nobody listed this alert schema', ...legacy };
  }
  const alert = read(commonAlert, body['data'], 'data');
  if (alert.outcome !== 'known') {
    return { ...hints, ...alert };
  }
  return toSignal(alert.value.essentials, { value: body['data'], path: 'data', odd: new Set() }, hints);
}

function toSignal(said: z.infer<typeof essentials>, alert: Part, hints: Hints): Decoded {
  const { alertId, monitorCondition, monitoringService, firedDateTime, resolvedDateTime } = said;
  const type = kindOf(monitoringService, stringOf(at(alert, 'alertContext', 'conditionType'), Infinity));
  const subscription = parseResourceId(alertId.split('/', 3).join('/'));
  if (type === undefined || subscription === undefined) {
    return { ...hints, source: alertId, outcome: 'unknown', reason: 'nobody listed this kind of alert' };
  }
  const time = (monitorCondition === 'Resolved' ? resolvedDateTime : undefined) ?? firedDateTime;
  return {
    outcome: 'known',
    signal: {
      // One alert id serves for fired and resolved, and again for the next time.
      id: `${monitorCondition}@${time.toISOString()}`,
      source: alertId,
      sourceId: subscription,
      time,
      schema: 'common-alert',
      family: 'alert',
      type,
      data: {
        ...present({
          monitorCondition,
          monitoringService,
          severity: said.severity,
          rule: said.alertRule,
          ruleId: said.alertRuleId,
          firedAt: firedDateTime,
          resolvedAt: resolvedDateTime,
          description: said.description,
          essentialsVersion: said.essentialsVersion,
        }),
        ...readContext(type, alert, { alertId, monitorCondition, firedAt: firedDateTime }),
        targets: said.alertTargetIDs ?? [],
        isVersionKnown: /^1(?:\.|$)/.test(said.essentialsVersion ?? '1.0'),
      },
    },
  };
}
