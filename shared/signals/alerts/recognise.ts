import { z } from 'zod';

import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { armPath, instant, instantOrUnset, listed, MAX_TEXT, name, optional, present } from '../fields.ts';
import { read } from '../result.ts';
import type { Decoded, Hints } from '../signal.ts';
import { readContext } from './context.ts';
import { kindOf } from './kind.ts';
import { recogniseLegacyAlert } from './legacy.ts';
import type { AlertContext, AlertData, AlertType } from './alert.ts';
import { at, items, note, stringOf, textOf, type Part } from './part.ts';

export const COMMON_ALERT_SCHEMA = 'azureMonitorCommonAlertSchema';

/** https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema: at most 256 KB an alert. */
const MAX_ALERT_BYTES = 256 * 1024;
/** Azure Monitor raises one alert per resource; a list longer than this is a fan-out bomb. */
const MAX_TARGETS = 50;

/** An alert that reaches nobody's resources says nothing; of several that are named, those that are malformed are left out. */
const targets = z
  .array(z.unknown())
  .max(MAX_TARGETS, `has more than ${MAX_TARGETS} entries`)
  .transform((written, context): readonly string[] => {
    const valid = written.flatMap((one) => armPath.safeParse(one).data ?? []);
    if (valid.length === 0 && written.length > 0) {
      context.addIssue({ code: 'custom', message: 'is not an ARM id', path: [0] });
    }
    return valid;
  });

/** What decides. What is only shown is read from the alert itself: no odd text keeps an alert from being heard. */
const essentials = z.object({
  alertId: armPath,
  monitorCondition: listed({ fired: 'Fired', resolved: 'Resolved' } as const),
  monitoringService: name,
  severity: optional(listed({ sev0: 'Sev0', sev1: 'Sev1', sev2: 'Sev2', sev3: 'Sev3', sev4: 'Sev4' } as const)),
  alertTargetIDs: optional(targets),
  firedDateTime: instant,
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
  const { alertId, monitorCondition, monitoringService, firedDateTime } = said;
  const type = kindOf(monitoringService, stringOf(at(alert, 'alertContext', 'conditionType'), Infinity));
  const subscription = parseResourceId(alertId.split('/', 3).join('/'));
  if (type === undefined || subscription === undefined) {
    return { ...hints, source: alertId, outcome: 'unknown', reason: 'nobody listed this kind of alert' };
  }
  const shown = readShown(at(alert, 'essentials'));
  const { resolvedAt } = shown;
  const context = readContext(type, alert, { alertId, monitorCondition, firedAt: firedDateTime });
  const time = (monitorCondition === 'Resolved' ? resolvedAt : undefined) ?? firedDateTime;
  return {
    outcome: 'known',
    signal: {
      id: `${wordOf(type, monitorCondition, context)}@${time.toISOString()}`,
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
          firedAt: firedDateTime,
          ...shown,
        }),
        ...context,
        targets: said.alertTargetIDs ?? [],
        isVersionKnown: /^1(?:\.|$)/.test(shown.essentialsVersion ?? '1.0'),
      },
    },
  };
}

/** Alerts that are `Fired` also when the trouble is over, under one id and with one time for both. */
const ALWAYS_FIRED: ReadonlySet<AlertType> = new Set<AlertType>(['service-health', 'resource-health']);

/** One alert id serves for both words of an alert, and again for the next time. */
function wordOf(type: AlertType, monitorCondition: string, { state }: AlertContext): string {
  return ALWAYS_FIRED.has(type) ? `${monitorCondition}/${state}` : monitorCondition;
}

type Shown = Pick<AlertData, 'rule' | 'ruleId' | 'resolvedAt' | 'description' | 'essentialsVersion'>;

/** Essentials that a person wants to see, and when it was over; what is malformed is left out and named. */
function readShown(part: Part): Shown {
  const resolved = at(part, 'resolvedDateTime');
  const resolvedAt = instantOrUnset.safeParse(resolved.value);
  const ruleId = at(part, 'alertRuleId');
  const ruleArmId = armPath.safeParse(ruleId.value);
  noteUnless(resolvedAt.success, resolved);
  noteUnless(ruleArmId.success || ruleId.value === undefined || ruleId.value === null, ruleId);
  for (const target of items(at(part, 'alertTargetIDs'))) {
    noteUnless(armPath.safeParse(target.value).success, target);
  }
  return present({
    rule: stringOf(at(part, 'alertRule'), MAX_TEXT),
    ruleId: ruleArmId.data,
    resolvedAt: resolvedAt.data,
    description: stringOf(at(part, 'description'), MAX_TEXT),
    essentialsVersion: textOf(at(part, 'essentialsVersion')),
  });
}

function noteUnless(isWell: boolean, part: Part): void {
  if (!isWell) {
    note(part);
  }
}
