import { isAbsolute, isRule, OVERRIDABLE_RULES } from '../domain/traffic/safety-rules.ts';
import type { FleetEdge } from '../fleet/model.ts';
import type { EdgeCommand } from './edge-command.ts';

/** Why a command makes no sense, in words that say what would. */
export interface CommandFault {
  readonly isMissing: boolean;
  readonly detail: string;
}

/** Commands whose wishes may go against a rule. */
const OVERRIDING: readonly EdgeCommand['command'][] = [
  'failover',
  'drill',
  'set-shares',
  'set-weights',
  'shift-weight',
];

/**
 * What a person has mistyped: an origin that the edge does not have, a rule that is none or that nothing overrides, a time that is over. Said at
 * once and to them alone, before anything is put on the queue. Pure.
 */
export function findFault(asked: EdgeCommand, { name, origins }: FleetEdge, now: Date): CommandFault | undefined {
  const known = new Set(origins.flatMap((origin) => [origin.name.toLowerCase(), origin.region.toLowerCase()]));
  const stranger = namesIn(asked).find((one) => !known.has(one.toLowerCase()));
  if (stranger !== undefined) {
    const all = origins.map((origin) => `${origin.name} (region ${origin.region})`).join(', ');
    return { isMissing: true, detail: `The edge ${name} has no origin or region ${quoted(stranger)}. It has: ${all}.` };
  }
  if (asked.override.length > 0 && !OVERRIDING.includes(asked.command)) {
    return { isMissing: false, detail: `override: ${asked.command} overrides no rule` };
  }
  const rule = asked.override.find((one) => !isRule(one));
  if (rule !== undefined) {
    return {
      isMissing: false,
      detail: `override: ${quoted(rule)} is no rule; expected one of ${OVERRIDABLE_RULES.join(', ')}`,
    };
  }
  const absolute = asked.override.find(isAbsolute);
  if (absolute !== undefined) {
    return { isMissing: false, detail: `override: nothing overrides ${absolute}: without it nobody would be served` };
  }
  const until = 'until' in asked ? asked.until : undefined;
  return until !== undefined && Date.parse(until) <= now.getTime()
    ? { isMissing: false, detail: `until: ${until} is over; expected a time to come` }
    : undefined;
}

function namesIn(asked: EdgeCommand): readonly string[] {
  switch (asked.command) {
    case 'set-shares':
      return Object.keys(asked.shares);
    case 'set-weights':
      return Object.keys(asked.weights);
    case 'hold':
    case 'unhold':
      return [];
    default:
      return [asked.origin];
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
