import { originMapOf } from './edge-origins.ts';
import type { Finding, FleetPath } from '../findings.ts';
import { imagePatternOf, loginServerOf } from './images.ts';
import type { Entry, MergedFleet } from '../read/merge.ts';
import { didYouMean } from './nearest.ts';
import type { NamedSection } from '../schema.ts';

/** A name in one entry that must be an entry of another section. */
interface Reference {
  readonly from: Entry<unknown>;
  /** Below the entry. */
  readonly path: FleetPath;
  readonly to: NamedSection;
  readonly name: string;
}

/** Every name that leads nowhere, over all files. */
export function checkReferences(merged: MergedFleet): readonly Finding[] {
  const unknown = references(merged)
    .filter(({ to, name }) => !merged.sections[to].has(name))
    .map(({ from, path, to, name }) =>
      from.part.document.remark([...from.path, ...path], {
        code: 'unknown-reference',
        message: `\`${name}\` is not in ${to}${didYouMean(name, merged.sections[to].keys())}`,
      }),
    );
  return [...unknown, ...checkRegistries(merged), ...checkDuplicateIds(merged)];
}

function references(merged: MergedFleet): readonly Reference[] {
  return [
    ...imageReferences(merged),
    ...teamReferences(merged),
    ...edgeReferences(merged),
    ...budgetReferences(merged),
  ];
}

function imageReferences({ sections }: MergedFleet): readonly Reference[] {
  return [...sections.images.values()].flatMap((from): readonly Reference[] => [
    { from, path: ['gitops'], to: 'gitops', name: from.value.gitops },
    { from, path: ['rollout'], to: 'rollouts', name: from.value.rollout },
  ]);
}

function teamReferences({ sections, include, root }: MergedFleet): readonly Reference[] {
  const named = include.flatMap(({ team }, index): readonly Reference[] => {
    const from = { name: '', value: undefined, part: root, path: ['include', index] };
    return team === undefined ? [] : [{ from, path: ['team'], to: 'teams', name: team }];
  });
  const within = [...sections.teams.values()].flatMap((from): readonly Reference[] => [
    ...(from.value.pager === undefined
      ? []
      : [{ from, path: ['pager'], to: 'notify' as const, name: from.value.pager }]),
    ...from.value.writes.map((write, index) => ({
      from,
      path: ['writes', index],
      to: 'gitops' as const,
      name: write.slice(0, write.indexOf(':')),
    })),
  ]);
  return [...named, ...within];
}

function edgeReferences({ sections }: MergedFleet): readonly Reference[] {
  return [...sections.edges.values()].flatMap((from) =>
    Object.entries(originMapOf(from.value.origins)).map(([origin, name]): Reference => ({
      from,
      path: ['origins', origin],
      to: 'clusters',
      name,
    })),
  );
}

function budgetReferences({ sections }: MergedFleet): readonly Reference[] {
  return [...sections.budgets.values()].flatMap((from) =>
    from.value.then.flatMap(({ offHours, notify }, index): readonly Reference[] => [
      ...(offHours === undefined
        ? []
        : [{ from, path: ['then', index, 'offHours'], to: 'schedules' as const, name: offHours }]),
      ...(notify === undefined ? [] : [{ from, path: ['then', index, 'notify'], to: 'notify' as const, name: notify }]),
    ]),
  );
}

function checkRegistries({ sections }: MergedFleet): readonly Finding[] {
  const hosts = [...sections.registries.values()].map(({ value }) => loginServerOf(value));
  return [...sections.images.values()].flatMap(({ value, part, path }) => {
    const { registry } = imagePatternOf(value);
    if (hosts.includes(registry)) {
      return [];
    }
    const message = `\`${registry}\` is the login server of no entry in registries${didYouMean(registry, hosts)}`;
    const key = value.image === undefined ? 'match' : 'image';
    return [part.document.remark([...path, key], { code: 'unknown-reference', message })];
  });
}

/** Two names for one resource would be two sets of rules for it. */
function checkDuplicateIds({ sections }: MergedFleet): readonly Finding[] {
  return (['registries', 'keyVaults', 'clusters'] as const).flatMap((section) => {
    const seen = new Map<string, string>();
    const entries: Iterable<Entry<{ readonly resourceId: string }>> = sections[section].values();
    return [...entries].flatMap(({ name, value, part, path }) => {
      const key = value.resourceId.toLowerCase().replace(/\/$/, '');
      const earlier = seen.get(key);
      seen.set(key, earlier ?? name);
      const message = `is the same resource as \`${earlier ?? ''}\``;
      return earlier === undefined
        ? []
        : [part.document.remark([...path, 'resourceId'], { code: 'conflict', message })];
    });
  });
}
