import { parseResourceId } from '../../domain/azure/resource-id.ts';
import type { Json } from '../../domain/json.ts';
import { inGroup, nameIn } from '../../domain/traffic/twin.ts';
import type { FieldChange, Step } from '../../reconcile/plan.ts';
import { checksOf, namedBy, FRONT_DOOR_API, type ArmWrite, type Check } from './writes.ts';

/** How a step says what must hold of a route. */
const REFERS =
  /^route (?<endpoint>[A-Za-z0-9-]{1,90})\/(?<route>[A-Za-z0-9-]{1,90}) refers to (?<group>[A-Za-z0-9-]{1,90})$/;
const QUERY = 'properties.originGroup.id';

/** What a step writes, field by field and by the very resource. Pure. */
export function fieldsOf({ changes, sends }: Pick<Step, 'changes' | 'sends'>): readonly FieldChange[] {
  if (sends === undefined) {
    return changes;
  }
  const { resource, from, to } = sends;
  return Object.keys(to).map((field) => ({
    subject: resource,
    group: field,
    from: { [field]: from[field] ?? null },
    to: { [field]: to[field] ?? null },
  }));
}

/** The PATCH of a route, or why it cannot be exported; undefined for anything else. Pure. */
export function routeWriteOf({ subject, from, to }: FieldChange): ArmWrite | { readonly reason: string } | undefined {
  const id = parseResourceId(subject);
  if (id?.type !== 'microsoft.cdn/profiles/afdendpoints/routes') {
    return undefined;
  }
  const [before, after] = [from, to].map((value) => parseResourceId(textOf(value['originGroup'])));
  const isGroups = [before, after].every((one) => one?.type === 'microsoft.cdn/profiles/origingroups');
  if (!isGroups || before === undefined || after === undefined) {
    return { reason: `${subject}: no change of its origin group` };
  }
  return {
    id: id.key,
    apiVersion: FRONT_DOOR_API,
    field: 'originGroup.id',
    from: before.key,
    to: after.key,
    body: { properties: { originGroup: { id: after.key } } },
    isLongRunning: true,
  };
}

/** What a predicate says of a route, as a value to read; none where it speaks of something else. Pure. */
export function routeChecksOf(predicate: string, edge: string): readonly Check[] {
  const { endpoint, route, group } = REFERS.exec(predicate)?.groups ?? {};
  const profile = /^.*\/profiles\/[^/]+/.exec(edge)?.[0];
  if (endpoint === undefined || route === undefined || group === undefined || profile === undefined) {
    return [];
  }
  const id = `${profile}/afdendpoints/${endpoint}/routes/${route}`;
  return [{ id, apiVersion: FRONT_DOOR_API, query: QUERY, equals: `${profile}/origingroups/${group}` }];
}

/** The group whose origins a step's predicates are about: the one that serves. Pure. */
export function servingGroup({ sends }: Pick<Step, 'sends'>): string | undefined {
  const group = sends?.from['originGroup'];
  return typeof group === 'string' ? group : sends?.resource.split('/origins/')[0];
}

/** What the other group must hold before the routes refer to it: all that is not on the way of the predicates. Pure. */
export function preparedChecks({ changes, sends, predicates = [] }: Step): readonly Check[] {
  const idle = sends?.to['originGroup'];
  if (typeof idle !== 'string' || changes.length === 0) {
    return [];
  }
  return predicates
    .filter((words) => namedBy(words) !== undefined)
    .flatMap((words) => {
      const name = namedBy(words) ?? '';
      const about = changes.filter(({ subject }) => nameIn(subject) === name);
      const id = inGroup(name, idle);
      return checksOf(words, id, new Map([[name, id]])).map((check) => {
        const field = check.query === 'properties.weight' ? 'weight' : 'enabled';
        const to = about.find(({ group }) => group === field)?.to[field];
        const equals =
          to === undefined ? check.equals : field === 'weight' ? textOf(to) : to === true ? 'Enabled' : 'Disabled';
        return { ...check, equals };
      });
    });
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}
