import type { Json, JsonObject } from '../domain/json.ts';

/** True if an ARM id or repository key is the other one, or below it. Pure. */
export function isAtOrBelow(subject: string, target: string): boolean {
  return subject === target || subject.startsWith(`${target}/`);
}

/** What people call an origin, an endpoint or whatever else an id ends with. Pure. */
export function shortName(id: string): string {
  return id.split('/').at(-1) ?? id;
}

/** What people call a target: `profile/group` for Front Door, the profile for Traffic Manager, else its key. Pure. */
export function targetName(key: string): string {
  const [, group, profile = ''] = /\/profiles\/([^/]+)\/origingroups\/([^/]+)$/i.exec(key) ?? [];
  return group === undefined ? (/\/trafficmanagerprofiles\/([^/]+)$/i.exec(key)?.[1] ?? key) : `${group}/${profile}`;
}

/** A value as a person reads it: `eastus2 enabled false`, one level of names after the other; ids cut short. Pure. */
export function inWords(value: Json): string {
  if (value === null || typeof value !== 'object') {
    return brief(String(value));
  }
  return Array.isArray(value)
    ? (value as readonly Json[]).map(inWords).join(', ')
    : Object.entries(value as JsonObject)
        .map(([name, one]) => `${brief(name)} ${inWords(one)}`)
        .join(', ');
}

function brief(text: string): string {
  return text.startsWith('/subscriptions/') ? shortName(text) : text;
}

/** A length of time: its two largest units. Pure. `ms` may be below 0. */
export function spell(ms: number): string {
  if (ms < 0) {
    return `-${spell(-ms)}`;
  }
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  const seconds = Math.round(ms / 1000);
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  let left = seconds;
  return units
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count === 0 ? '' : `${count} ${unit}`;
    })
    .filter((part) => part !== '')
    .join(' ');
}

/** A share of 0 to 1. Pure. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}

/** A text among a record's facts; empty where there is none. Pure. */
export function wordOf(facts: JsonObject, name: string): string {
  const value = facts[name];
  return typeof value === 'string' ? value : '';
}
