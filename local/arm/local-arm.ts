import type { JsonObject } from '../../shared/domain/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Handler } from '../http/serve.ts';
import { armError, faultAnswer, notFound, shown, throttled } from './answers.ts';
import { ArmFaults } from './arm-faults.ts';
import { ArmState, type ArmResource } from './arm-state.ts';
import { Operations, type OverlapMode } from './operations.ts';
import { channelOf, isLongRunning, refusal, typeOf, withDefaults } from './resource-types.ts';

export interface LocalArmOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** A SQLite file; in memory if absent. */
  readonly file?: string;
  readonly overlap?: OverlapMode;
  /** How long Front Door's operations take, in milliseconds; 0 ends them at the next question. */
  readonly durationMs?: number;
  /** True for tokens that count; any bearer token does if absent. */
  readonly accepts?: (token: string) => Promise<boolean>;
  readonly onApplied?: (resource: ArmResource) => void;
  /** Answers `{id}/providers/Microsoft.Insights/metrics`. */
  readonly metrics?: (request: Request, id: string) => Promise<Response | undefined>;
}

/** A write that was accepted: what a test or a scenario counts. */
export interface AcceptedWrite {
  readonly verb: 'PATCH' | 'PUT';
  /** Lower case. */
  readonly id: string;
  readonly set: JsonObject;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * A double of Azure Resource Manager for the resource types that we read and write: Front Door's origins with their
 * long-running operations, Traffic Manager's endpoints, clusters and node pools.
 *
 * Behaviour and bodies follow recordings of the services; where two behaviours are known (an overlapping write is queued
 * or refused), both can be had.
 */
export class LocalArm {
  readonly state: ArmState;
  readonly faults = new ArmFaults();
  readonly accepted: AcceptedWrite[] = [];
  readonly #operations: Operations;
  readonly #options: LocalArmOptions;
  /** Resources whose operation has just succeeded: the next read is the one that ends the poller. */
  readonly #finished = new Set<string>();

  constructor(options: LocalArmOptions) {
    const { clock, random, file, overlap = 'queue', durationMs = 0, onApplied } = options;
    this.#options = options;
    this.state = new ArmState(file);
    const tools = { state: this.state, faults: this.faults, clock, random, overlap, durationMs };
    this.#operations = new Operations({ ...tools, ...(onApplied === undefined ? {} : { onApplied }) });
  }

  /** Puts a resource there as if it had always been. */
  seed(resource: Omit<ArmResource, 'type'>): void {
    const { id, properties } = resource;
    this.state.put({ ...resource, type: typeOf(id), properties: withDefaults(id, properties) });
  }

  /** Somebody else changes a resource, at once. */
  change(id: string, properties: JsonObject): void {
    const resource = this.state.get(id);
    if (resource === undefined) {
      throw new Error(`${id} is not there`);
    }
    const changed = { ...resource, properties: { ...resource.properties, ...properties } };
    this.state.put(changed);
    this.#options.onApplied?.(changed);
  }

  readonly handler: Handler = async (request) => {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
    if (token === '' || (await this.#options.accepts?.(token)) === false) {
      return armError(401, 'AuthenticationFailed', 'Authentication failed. The token is missing or does not count.');
    }
    this.#operations.settle();
    const { pathname, searchParams } = new URL(request.url);
    if (!searchParams.has('api-version')) {
      return armError(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.');
    }
    const id = decodeURIComponent(pathname).replace(/\/$/, '');
    const [, operation] = /\/operationresults\/([^/]+)$/i.exec(id) ?? [];
    if (operation !== undefined) {
      return this.#answerOperation(operation);
    }
    switch (request.method) {
      case 'GET':
        return await this.#read(id, request);
      case 'PATCH':
      case 'PUT':
        return await this.#write(request.method, id, request);
      default:
        return armError(405, 'MethodNotAllowed', `${request.method} is not answered here.`);
    }
  };

  async #read(id: string, request: Request): Promise<Response> {
    const now = this.#options.clock.now().getTime();
    const wait = this.faults.throttle('GET', id, now);
    if (wait > 0) {
      return throttled('read', wait);
    }
    const isFinal = this.#finished.delete(id.toLowerCase());
    const fault = (isFinal ? this.faults.meet('FINALGET', id) : undefined) ?? this.faults.meet('GET', id);
    if (fault?.status !== undefined) {
      return faultAnswer(fault);
    }
    if (fault?.provisioningState !== undefined) {
      this.#provision(id, fault.provisioningState);
    }
    const [, measured] = /^(.+)\/providers\/microsoft\.insights\/metrics$/i.exec(id) ?? [];
    if (measured !== undefined) {
      return (await this.#options.metrics?.(request, measured)) ?? notFound(measured);
    }
    const resource = this.state.get(id);
    if (resource !== undefined) {
      return Response.json(shown(this.#withChildren(resource)));
    }
    return id.split('/').length % 2 === 0 ? this.#list(id) : notFound(id);
  }

  /** A collection shows what each of its members would: one that is not found is left out. */
  #list(collection: string): Response {
    const members: JsonObject[] = [];
    for (const resource of this.state.list(collection)) {
      const fault = this.faults.meet('GET', resource.id);
      if (fault?.status === 404) {
        continue;
      }
      if (fault?.status !== undefined) {
        return faultAnswer(fault);
      }
      if (fault?.provisioningState !== undefined) {
        this.#provision(resource.id, fault.provisioningState);
      }
      members.push(shown(this.state.get(resource.id) ?? resource));
    }
    return Response.json({ value: members });
  }

  #provision(id: string, provisioningState: string): void {
    const resource = this.state.get(id);
    if (resource !== undefined) {
      this.state.put({ ...resource, properties: { ...resource.properties, provisioningState } });
    }
  }

  /** A Traffic Manager profile holds its endpoints. */
  #withChildren(resource: ArmResource): ArmResource {
    if (resource.type.toLowerCase() !== 'microsoft.network/trafficmanagerprofiles') {
      return resource;
    }
    const endpoints = ['azureEndpoints', 'externalEndpoints', 'nestedEndpoints'].flatMap((kind) =>
      this.state
        .list(`${resource.id}/${kind}`)
        .filter(({ id }) => this.faults.meet('GET', id)?.status !== 404)
        .map(shown),
    );
    return { ...resource, properties: { ...resource.properties, endpoints } };
  }

  async #write(verb: 'PATCH' | 'PUT', id: string, request: Request): Promise<Response> {
    const now = this.#options.clock.now().getTime();
    const wait = this.faults.throttle(verb, id, now);
    if (wait > 0) {
      return throttled('write', wait);
    }
    const body = (await request.json().catch(() => undefined)) as { readonly properties?: JsonObject } | undefined;
    const fault = this.faults.meet(verb, id);
    if (fault?.status !== undefined && fault.status >= 300 && fault.applied !== true) {
      return faultAnswer(fault);
    }
    const resource = this.state.get(id);
    if (resource === undefined) {
      return notFound(id);
    }
    if (body?.properties === undefined) {
      return armError(400, 'InvalidRequestContent', 'The request content was invalid.');
    }
    const answer = this.#accept(verb, resource, body.properties);
    return fault?.status !== undefined && fault.status >= 300 ? faultAnswer(fault) : answer;
  }

  #accept(verb: 'PATCH' | 'PUT', resource: ArmResource, set: JsonObject): Response {
    const refused = refusal(resource, set, this.#siblings(resource));
    if (refused !== undefined) {
      return armError(400, refused.code, refused.message);
    }
    const channel = channelOf(resource.id);
    const { serial } = this.faults.pace(verb, resource.id);
    if ((this.#options.overlap ?? 'queue') === 'conflict' && serial !== true && this.#operations.isBusy(channel)) {
      return faultAnswer({ on: '*', status: 409 });
    }
    const at = this.#options.clock.now().getTime();
    this.accepted.push({ verb, id: resource.id.toLowerCase(), set, at });
    if (!isLongRunning(resource.id)) {
      this.change(resource.id, set);
      return Response.json(shown(this.state.get(resource.id) ?? resource));
    }
    const { id } = this.#operations.accept(verb, resource, set, channel);
    const base = 'https://management.azure.com';
    const scope = resource.id.split('/').slice(0, 3).join('/');
    const status = `${base}${scope}/providers/Microsoft.Cdn/operationresults/${id}?api-version=2024-02-01`;
    return Response.json(shown(this.state.get(resource.id) ?? resource), {
      status: 202,
      headers: { 'azure-asyncoperation': status, location: status, 'retry-after': '10' },
    });
  }

  #siblings({ id }: ArmResource): readonly ArmResource[] {
    const collection = id.split('/').slice(0, -1).join('/');
    return this.state.list(collection).filter((other) => other.id.toLowerCase() !== id.toLowerCase());
  }

  #answerOperation(id: string): Response {
    const operation = this.state.operation(id);
    if (operation === undefined || operation.state === 'vanished') {
      return notFound(`operationresults/${id}`);
    }
    const fault = this.faults.meet('LRO', operation.resource);
    const said = fault?.body?.['status'];
    if (fault?.status !== undefined && fault.status >= 400) {
      if (fault.applied !== undefined) {
        this.#operations.abort(operation, 'vanished', fault.applied);
      }
      return faultAnswer(fault);
    }
    if (said === 'Failed' || said === 'Canceled') {
      this.#operations.abort(operation, said === 'Failed' ? 'failed' : 'canceled', fault?.applied === true);
      return Response.json(fault?.body);
    }
    switch (operation.state) {
      case 'queued':
      case 'running':
        return Response.json({ status: 'InProgress', error: { code: 'None', message: null } });
      case 'succeeded':
        this.#finished.add(operation.resource);
        return Response.json({ status: 'Succeeded', error: { code: 'None', message: null } });
      case 'failed':
        return Response.json({ status: 'Failed', error: { code: 'BadRequest', message: 'The operation failed.' } });
      case 'canceled':
        return Response.json({ status: 'Canceled', error: { code: 'Canceled', message: 'It was canceled.' } });
    }
  }
}
