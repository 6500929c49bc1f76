import type { Mode } from '../../domain/mode.ts';
import {
  boundedSettings,
  boundMode,
  boundSettings,
  isRepositoryAllowed,
  isWithin,
  type Bounded,
  type BoundedGroup,
  type Ceiling,
} from '../ceiling.ts';
import { parseOriginName, placeOrigins, writtenBy } from './edge-origins.ts';
import type { Finding, FleetPath } from '../findings.ts';
import type { Entries, Entry, MergedFleet } from '../read/merge.ts';
import type { Edge, NamedSection, SectionEntry } from '../schema.ts';
import { labelsOf, type LabelledCluster } from '../selectors.ts';

/**
 * Bounds a fleet by the deployment's ceiling: modes and rules are clamped, targets, senders and approvers outside it
 * are left out, each with a finding. Fleet files can only be tighter than the ceiling, never looser.
 */
export function boundFleet(
  merged: MergedFleet,
  ceiling: Ceiling,
): { merged: MergedFleet; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const tools: Tools = { ceiling, findings, defaultMode: merged.defaults.mode };
  const { sections } = merged;
  const { resources } = ceiling.targets;
  const clusters = within(sections.clusters, resources, tools);
  const bounded: MergedFleet['sections'] = {
    ...sections,
    registries: within(sections.registries, ceiling.senders, tools),
    keyVaults: within(sections.keyVaults, ceiling.senders, tools),
    clusters: scaled(clusters, tools),
    budgets: within(moded(sections.budgets, 'cost-guard', tools), resources, tools),
    gitops: keep(sections.gitops, ['github'], tools, ({ github }) => isRepositoryAllowed(ceiling, github)),
    images: moded(sections.images, 'image-rollout', tools),
    schedules: moded(sections.schedules, 'off-hours', tools),
    upgrades: moded(sections.upgrades, 'node-pool-upgrade', tools),
    edges: edges(sections.edges, lost(sections.clusters, clusters), tools),
    teams: map(sections.teams, (entry) => team(entry, tools)),
  };
  return { merged: { ...merged, sections: bounded }, findings };
}

interface Tools {
  readonly ceiling: Ceiling;
  readonly findings: Finding[];
  readonly defaultMode: Mode;
}

function map<T>(entries: ReadonlyMap<string, Entry<T>>, change: (entry: Entry<T>) => T): ReadonlyMap<string, Entry<T>> {
  return new Map([...entries].map(([name, entry]) => [name, { ...entry, value: change(entry) }]));
}

function keep<T>(
  entries: ReadonlyMap<string, Entry<T>>,
  below: FleetPath,
  { findings }: Tools,
  isAllowed: (value: T) => boolean,
): ReadonlyMap<string, Entry<T>> {
  const refused = [...entries.values()].filter(({ value }) => !isAllowed(value));
  for (const { part, path, name } of refused) {
    const message = `\`${name}\` is outside this deployment's ceiling and is left out`;
    findings.push(part.document.remark([...path, ...below], { code: 'outside-ceiling', message }));
  }
  return new Map([...entries].filter(([, entry]) => !refused.includes(entry)));
}

function within<T extends { readonly resourceId: string }>(
  entries: ReadonlyMap<string, Entry<T>>,
  prefixes: readonly string[] | undefined,
  tools: Tools,
): ReadonlyMap<string, Entry<T>> {
  return keep(entries, ['resourceId'], tools, ({ resourceId }) => isWithin(prefixes, resourceId));
}

function moded<S extends Extract<NamedSection, 'images' | 'schedules' | 'upgrades' | 'budgets'>>(
  entries: Entries<S>,
  bounded: Bounded,
  tools: Tools,
): Entries<S> {
  return map<SectionEntry[S]>(entries, (entry) => {
    const asked = entry.value.mode ?? tools.defaultMode;
    return { ...entry.value, mode: clamp(entry, ['mode'], { asked, bounded }, tools) };
  });
}

interface AskedMode {
  readonly asked: Mode;
  readonly bounded: Bounded;
}

function clamp(
  { part, path }: Entry<unknown>,
  below: FleetPath,
  { asked, bounded }: AskedMode,
  { ceiling, findings }: Tools,
): Mode {
  const mode = boundMode(ceiling, bounded, asked);
  if (mode !== asked) {
    const message = `mode ${asked} is above this deployment's ceiling for ${bounded}: ${mode} is in force`;
    findings.push(part.document.remark([...path, ...below], { severity: 'warning', code: 'above-ceiling', message }));
  }
  return mode;
}

function scaled(entries: Entries<'clusters'>, tools: Tools): Entries<'clusters'> {
  return map<SectionEntry['clusters']>(entries, (entry) => {
    const { capacity } = entry.value;
    if (capacity?.scaleUp === undefined) {
      return entry.value;
    }
    const asked = capacity.scaleUp.mode ?? tools.defaultMode;
    const mode = clamp(entry, ['capacity', 'scaleUp', 'mode'], { asked, bounded: 'scale-up' }, tools);
    return { ...entry.value, capacity: { ...capacity, scaleUp: { ...capacity.scaleUp, mode } } };
  });
}

/** The clusters that the ceiling has taken away. */
function lost(before: Entries<'clusters'>, after: Entries<'clusters'>): readonly LabelledCluster[] {
  return [...before.values()]
    .filter(({ name }) => !after.has(name))
    .map(({ name, value }) => ({ name, labels: labelsOf(value) }));
}

function edges(entries: Entries<'edges'>, gone: readonly LabelledCluster[], tools: Tools): Entries<'edges'> {
  const { resources } = tools.ceiling.targets;
  // Without its twin it would be another edge: nobody would look where its routes lead.
  const allowed = keep(entries, [], tools, (value) => writtenBy(value).every((id) => isWithin(resources, id)));
  for (const entry of allowed.values()) {
    tools.findings.push(...lostOrigins(entry, gone));
  }
  return map(allowed, (entry) => edge(entry, tools));
}

function lostOrigins({ value, part, path }: Entry<Edge>, gone: readonly LabelledCluster[]): readonly Finding[] {
  return placeOrigins(value, gone).map(({ path: below, written = '', cluster }) => {
    const { name } = parseOriginName(written);
    const message = `origin \`${name}\` is left out with its cluster \`${cluster.name}\`, which is outside this deployment's ceiling`;
    return part.document.remark([...path, ...below], { code: 'outside-ceiling', message });
  });
}

function edge(entry: Entry<Edge>, tools: Tools): Edge {
  const { value } = entry;
  const settings = {
    rules: tightened(entry, 'rules', value.rules, tools),
    signals: tightened(entry, 'signals', value.signals, tools),
    approvals: tightened(entry, 'approvals', value.approvals, tools),
  };
  const asked = { drain: value.mode.drain ?? tools.defaultMode, restore: value.mode.restore ?? tools.defaultMode };
  const mode = {
    drain: clamp(entry, ['mode', 'drain'], { asked: asked.drain, bounded: 'region-failover.drain' }, tools),
    restore: clamp(entry, ['mode', 'restore'], { asked: asked.restore, bounded: 'region-failover.restore' }, tools),
  };
  return { ...value, ...settings, ...boundedEvidence(entry, tools), mode };
}

/** Clusters are bounded as such; what else has an ARM id is here. */
function boundedEvidence(entry: Entry<Edge>, tools: Tools): Pick<Edge, 'evidence'> {
  const { evidence } = entry.value;
  if (evidence === undefined) {
    return {};
  }
  const appGateways = allowedIds(entry, 'appGateways', tools);
  const alertResources = allowedIds(entry, 'alertResources', tools);
  return {
    evidence: {
      ...evidence,
      ...(appGateways === undefined ? {} : { appGateways }),
      ...(alertResources === undefined ? {} : { alertResources }),
    },
  };
}

/** Gateways are named by their origin, and what alerts are on by its own id. */
function allowedIds(
  { value: { evidence }, part, path }: Entry<Edge>,
  setting: 'appGateways' | 'alertResources',
  { ceiling, findings }: Tools,
): Readonly<Record<string, string>> | undefined {
  const named = evidence?.[setting];
  if (named === undefined) {
    return undefined;
  }
  const isGateways = setting === 'appGateways';
  const refused = Object.entries(named)
    .filter(([key, value]) => !isWithin(ceiling.targets.resources, isGateways ? value : key))
    .map(([key]) => key);
  for (const key of refused) {
    const what = isGateways ? `the Application Gateway of \`${key}\`` : `\`${key}\``;
    const message = `${what} is outside this deployment's ceiling and is left out`;
    findings.push(part.document.remark([...path, 'evidence', setting, key], { code: 'outside-ceiling', message }));
  }
  return Object.fromEntries(Object.entries(named).filter(([key]) => !refused.includes(key)));
}

function tightened<Asked extends object>(
  { part, path }: Entry<unknown>,
  group: BoundedGroup,
  asked: Asked,
  { ceiling, findings }: Tools,
): Asked {
  const bounded = boundSettings(ceiling, group, asked);
  for (const name of boundedSettings(group)) {
    const [before, after] = [asked, bounded].map((settings) => settings[name as keyof Asked]);
    if (before !== after) {
      const message = `${name} ${String(before)} is looser than this deployment's ceiling: ${String(after)} is in force`;
      findings.push(
        part.document.remark([...path, group, name], { severity: 'warning', code: 'above-ceiling', message }),
      );
    }
  }
  return bounded;
}

function team(
  { value, part, path, name }: Entry<SectionEntry['teams']>,
  { ceiling, findings }: Tools,
): SectionEntry['teams'] {
  const { approvers, ...rest } = value;
  if (approvers === undefined || ceiling.approvers === undefined) {
    return value;
  }
  if (ceiling.approvers.some((allowed) => allowed.toLowerCase() === approvers.toLowerCase())) {
    return value;
  }
  const message = `the approvers of team ${name} are outside this deployment's ceiling and are left out`;
  findings.push(part.document.remark([...path, 'approvers'], { code: 'outside-ceiling', message }));
  return rest;
}
