import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { MAX_WEIGHT, MIN_WEIGHT } from '../../domain/traffic/weights.ts';
import type { FieldChange } from '../../reconcile/plan.ts';

/** One value of a resource as `az rest --query QUERY --output tsv` prints it. */
export interface Check {
  /** Without a host: `az rest` puts that of the cloud in front to which a person is logged in. */
  readonly id: string;
  readonly apiVersion: string;
  /** JMESPath. */
  readonly query: string;
  readonly equals: string;
}

/** A PATCH of one field. */
export interface ArmWrite {
  readonly id: string;
  readonly apiVersion: string;
  /** Below `properties`, with dots. */
  readonly field: string;
  /** As `--output tsv` prints them. */
  readonly from: string;
  readonly to: string;
  readonly body: JsonObject;
  /** How many origins of the edge are enabled; of a write that disables one. */
  readonly enabled?: Omit<Check, 'equals'>;
  /** True where the service goes on after its answer. */
  readonly isLongRunning: boolean;
}

/** A change of one origin's gate in the edge's signed document. */
export interface GateWrite {
  /** ARM id of the edge, lower case. */
  readonly edge: string;
  /** Name of the origin whose gate moves. */
  readonly gate: string;
  readonly isShut: boolean;
  /** Every origin of the edge. */
  readonly origins: readonly string[];
}

export type Write = ArmWrite | GateWrite;

/** What an edge's origins are called, beside those that a plan writes: ids in lower case, by name. */
export type OriginIds = ReadonlyMap<string, string>;

/** How a service names what we write. */
interface Service {
  /** The one that our own SDK asks. */
  readonly apiVersion: string;
  readonly enabledField: string;
  /** How many origins of the group are enabled, as a JMESPath query on the resource that `groupOf` names. */
  readonly enabledCount: string;
  readonly groupOf: (id: string) => string;
  readonly edgeOf: (id: string) => string;
  readonly isLongRunning: boolean;
}

/** Of Front Door's resources. */
export const FRONT_DOOR_API = '2024-02-01';

const FRONT_DOOR: Service = {
  apiVersion: FRONT_DOOR_API,
  enabledField: 'enabledState',
  enabledCount: "length(value[?properties.enabledState!='Disabled'])",
  groupOf: (id) => id.replace(/\/[^/]+$/, ''),
  edgeOf: (id) => id.replace(/\/[^/]+\/[^/]+$/, ''),
  isLongRunning: true,
};

const TRAFFIC_MANAGER: Service = {
  apiVersion: '2022-04-01',
  enabledField: 'endpointStatus',
  enabledCount: "length(properties.endpoints[?properties.endpointStatus!='Disabled'])",
  groupOf: (id) => id.replace(/\/[^/]+\/[^/]+$/, ''),
  edgeOf: (id) => id.replace(/\/[^/]+\/[^/]+$/, ''),
  isLongRunning: false,
};

const SERVICES: Readonly<Record<string, Service>> = {
  'microsoft.cdn/profiles/origingroups/origins': FRONT_DOOR,
  'microsoft.network/trafficmanagerprofiles/azureendpoints': TRAFFIC_MANAGER,
  'microsoft.network/trafficmanagerprofiles/externalendpoints': TRAFFIC_MANAGER,
  'microsoft.network/trafficmanagerprofiles/nestedendpoints': TRAFFIC_MANAGER,
};

/** Names of Front Door's origins and Traffic Manager's endpoints; nothing in them means anything to a shell or to JSON. */
const NAME = /^[A-Za-z0-9_().-]{1,260}$/;
/** How an edge's steps say what must hold of an origin. */
const PREDICATE = /^(?<name>\S+) is (?<state>enabled|disabled) with weight (?<weight>\d{1,4})$/;

/** One write of a plan, or why it cannot be exported. Everything that varies is checked by its shape. Pure. */
export function writeOf(
  { subject, from, to }: FieldChange,
  origins: readonly string[],
): Write | { readonly reason: string } {
  const id = parseResourceId(subject);
  const service = SERVICES[id?.type ?? ''];
  const name = id?.name ?? '';
  if (id === undefined || service === undefined) {
    return { reason: `${subject} is no origin of Front Door and no endpoint of Traffic Manager` };
  }
  if ('isShut' in to) {
    const isWhole = typeof to['isShut'] === 'boolean' && from['isShut'] === !to['isShut'] && origins.includes(name);
    return isWhole && origins.every((one) => NAME.test(one))
      ? { edge: service.edgeOf(id.key), gate: name, isShut: to['isShut'] === true, origins }
      : { reason: `${name}: the plan does not say which gates its edge has` };
  }
  const [before, after] = [valueOf(from, service), valueOf(to, service)];
  if (before === undefined || before.field !== after?.field) {
    return { reason: `${subject}: ${canonicalJson(from)} to ${canonicalJson(to)} is no change of one field` };
  }
  const { apiVersion, isLongRunning, groupOf, enabledCount: query } = service;
  const enabled = after.json === 'Disabled' ? { enabled: { id: groupOf(id.key), apiVersion, query } } : {};
  const body = { properties: { [after.field]: after.json } };
  return {
    id: id.key,
    apiVersion,
    field: after.field,
    from: before.text,
    to: after.text,
    body,
    ...enabled,
    isLongRunning,
  };
}

/**
 * What a predicate says, as values to read; none where it is not known what it speaks of: a person sees to that. Pure.
 * @param subject - an origin of the edge that it is about.
 */
export function checksOf(predicate: string, subject: string, ids: OriginIds): readonly Check[] {
  const { name = '', state, weight = '' } = PREDICATE.exec(predicate)?.groups ?? {};
  const near = parseResourceId(subject);
  const beside = SERVICES[near?.type ?? ''] === FRONT_DOOR ? `${FRONT_DOOR.groupOf(near?.key ?? '')}/${name}` : '';
  const id = parseResourceId(ids.get(name) ?? beside);
  const service = SERVICES[id?.type ?? ''];
  if (state === undefined || id === undefined || service === undefined) {
    return [];
  }
  const { apiVersion, enabledField } = service;
  return [
    {
      id: id.key,
      apiVersion,
      query: `properties.${enabledField}`,
      equals: state === 'enabled' ? 'Enabled' : 'Disabled',
    },
    { id: id.key, apiVersion, query: 'properties.weight', equals: weight },
  ];
}

/** The origin that a predicate of an edge's step is about. Pure. */
export function namedBy(predicate: string): string | undefined {
  return PREDICATE.exec(predicate)?.groups?.['name'];
}

interface Value {
  readonly field: string;
  readonly json: string | number;
  /** As `--output tsv` prints it. */
  readonly text: string;
}

function valueOf(value: JsonObject, { enabledField }: Service): Value | undefined {
  const [[name, one] = [], ...others] = Object.entries(value);
  if (others.length > 0) {
    return undefined;
  }
  if (name === 'enabled' && typeof one === 'boolean') {
    const word = one ? 'Enabled' : 'Disabled';
    return { field: enabledField, json: word, text: word };
  }
  const isWeight = typeof one === 'number' && Number.isInteger(one) && one >= MIN_WEIGHT && one <= MAX_WEIGHT;
  return name === 'weight' && isWeight ? { field: 'weight', json: one, text: String(one) } : undefined;
}
