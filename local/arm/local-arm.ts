import type { JsonObject } from '../../shared/domain/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Handler } from '../http/serve.ts';
import { FAULTS_PATH } from '../http/faults-api.ts';
import { isPoolList, poolHeld, withNodes, withOrder } from './agent-pools.ts';
import { armError, faultAnswer, notFound, shown, throttled } from './answers.ts';
import { answerArmFaults } from './arm-faults-api.ts';
import { ArmFaults } from './arm-faults.ts';
import { acceptedHeaders, ArmHeaders, left } from './arm-headers.ts';
import { ArmState, type ArmResource } from './arm-state.ts';
import { withEndpoints } from './endpoints.ts';
import { OperationResults } from './operation-results.ts';
import { Operations, type OverlapMode } from './operations.ts';
import { pageOf } from './paging.ts';
import { answerPermissions, isPermissions, unauthorized } from './permissions.ts';
import { LocalResourceGraph, RESOURCE_GRAPH, SCANS_PATH } from './resource-graph.ts';
import { channelOf, groupSetBy, isLongRunning, refusal, typeOf, withDefaults } from './resource-types.ts';

export interface LocalArmOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** A SQLite file; in memory if absent. */
  readonly file?: string;
  readonly overlap?: OverlapMode;
  /** How long operations take, in milliseconds; 0 ends them at the next question. */
  readonly durationMs?: number;
  /** How long nodes take that an autoscaler orders, from the end of the write, in milliseconds; 0 if absent. */
  readonly nodesMs?: number;
  /** True for tokens that count; any bearer token does if absent. */
  readonly accepts?: (token: string) => Promise<boolean>;
  readonly onApplied?: (resource: ArmResource) => void;
  /** Origin of the addresses in answers, no trailing slash: whoever follows them must reach this double. */
  readonly publicUrl?: string;
  /** Members of a list in one answer; all if absent. Traffic Manager's lists have one page always. */
  readonly pageSize?: number;
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
  readonly graph: LocalResourceGraph;
  readonly #operations: Operations;
  readonly #results: OperationResults;
  readonly #headers: ArmHeaders;
  readonly #options: LocalArmOptions;
  readonly #publicUrl: string;

  constructor(options: LocalArmOptions) {
    const { clock, random, file, overlap = 'queue', durationMs = 0, onApplied } = options;
    this.#options = options;
    this.state = new ArmState(file);
    this.graph = new LocalResourceGraph(clock);
    const tools = { state: this.state, faults: this.faults, clock, random, overlap, durationMs };
    this.#operations = new Operations({ ...tools, ...(onApplied === undefined ? {} : { onApplied }) });
    this.#results = new OperationResults({ ...tools, operations: this.#operations });
    this.#headers = new ArmHeaders(options);
    this.#publicUrl = options.publicUrl ?? 'https://management.azure.com';
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

  /** Ends and starts operations that are due. Each answer does so first; this is for who watches without asking. */
  settle(): void {
    this.#operations.settle();
  }

  /** A resource as it is by now: nodes that were ordered may have come. */
  #at(id: string): ArmResource | undefined {
    const found = this.state.get(id);
    const now = found === undefined ? undefined : withNodes(found, this.#options.clock.now().getTime());
    if (now !== undefined && now !== found) {
      this.state.put(now);
    }
    return now;
  }

  readonly handler: Handler = async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === FAULTS_PATH) {
      return await answerArmFaults(request, this.faults, this.accepted);
    }
    if (pathname === SCANS_PATH) {
      return await this.graph.answerScans(request);
    }
    const id = decodeURIComponent(pathname).replace(/\/$/, '');
    const answer = (await this.#refuse(request, searchParams)) ?? (await this.#answer(request, id, searchParams));
    const limit = this.faults.limitOn(request.method, id);
    const remaining = this.#headers.remaining(request.method, id);
    return this.#headers.complete(answer, limit === undefined ? remaining : left(limit.left));
  };

  async #refuse({ headers }: Request, query: URLSearchParams): Promise<Response | undefined> {
    const [, token = ''] = /^Bearer (\S+)$/.exec(headers.get('authorization') ?? '') ?? [];
    if (token === '' || (await this.#options.accepts?.(token)) === false) {
      return armError(401, 'AuthenticationFailed', 'Authentication failed. The token is missing or does not count.');
    }
    return query.has('api-version')
      ? undefined
      : armError(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.');
  }

  async #answer(request: Request, id: string, query: URLSearchParams): Promise<Response> {
    this.#operations.settle();
    const result = this.#results.answer(id);
    if (result !== undefined) {
      return result;
    }
    const refused = unauthorized(request.method, id, this.faults.lacking(id));
    if (refused !== undefined) {
      return refused;
    }
    switch (request.method) {
      case 'GET':
        return await this.#read(id, request, query);
      case 'POST':
        return await this.#query(id, request);
      case 'PATCH':
      case 'PUT':
        return await this.#write(request.method, id, request);
      default:
        return armError(405, 'MethodNotAllowed', `${request.method} is not answered here.`);
    }
  }

  async #query(id: string, request: Request): Promise<Response> {
    const fault = this.faults.meet('POST', id);
    if (fault?.status !== undefined) {
      return faultAnswer(fault, id);
    }
    return id.toLowerCase() === RESOURCE_GRAPH ? await this.graph.answer(request) : notFound(id);
  }

  #throttle(verb: string, id: string): Response | undefined {
    const seconds = this.faults.throttle(verb, id, this.#options.clock.now().getTime());
    const limit = this.faults.limitOn(verb, id);
    return seconds > 0 && limit !== undefined ? throttled({ verb, id, seconds }, limit) : undefined;
  }

  async #read(id: string, request: Request, query: URLSearchParams): Promise<Response> {
    const throttling = this.#throttle('GET', id);
    if (throttling !== undefined) {
      return throttling;
    }
    const isFinal = this.#results.takeFinished(id);
    const fault = (isFinal ? this.faults.meet('FINALGET', id) : undefined) ?? this.faults.meet('GET', id);
    if (fault?.status !== undefined) {
      return faultAnswer(fault, id);
    }
    if (fault?.provisioningState !== undefined) {
      this.#provision(id, fault.provisioningState);
    }
    if (isPermissions(id)) {
      return answerPermissions(this.faults.lacking(id));
    }
    const [, measured] = /^(.+)\/providers\/microsoft\.insights\/metrics$/i.exec(id) ?? [];
    if (measured !== undefined) {
      return (await this.#options.metrics?.(request, measured)) ?? notFound(measured);
    }
    const resource = this.#at(id);
    if (resource !== undefined) {
      return Response.json(shown(withEndpoints(resource, this)));
    }
    return id.split('/').length % 2 === 0 ? this.#list(id, query) : notFound(id);
  }

  /** A collection shows what each of its members would: one that is not found is left out. */
  #list(collection: string, query: URLSearchParams): Response {
    const all = this.state.list(collection);
    if (all.length === 0 && isPoolList(collection)) {
      return notFound(collection);
    }
    const page = pageOf(all, query, this.#options.pageSize);
    const members: JsonObject[] = [];
    for (const resource of page.members) {
      const fault = this.faults.meet('GET', resource.id);
      if (fault?.status === 404) {
        continue;
      }
      if (fault?.status !== undefined) {
        return faultAnswer(fault, resource.id);
      }
      if (fault?.provisioningState !== undefined) {
        this.#provision(resource.id, fault.provisioningState);
      }
      members.push(shown(this.#at(resource.id) ?? resource));
    }
    const nextLink = page.next === undefined ? {} : { nextLink: `${this.#publicUrl}${collection}?${page.next}` };
    return Response.json({ value: members, ...nextLink });
  }

  #provision(id: string, provisioningState: string): void {
    const resource = this.state.get(id);
    if (resource !== undefined) {
      this.state.put({ ...resource, properties: { ...resource.properties, provisioningState } });
    }
  }

  async #write(verb: 'PATCH' | 'PUT', id: string, request: Request): Promise<Response> {
    const throttling = this.#throttle(verb, id);
    if (throttling !== undefined) {
      return throttling;
    }
    const body = (await request.json().catch(() => undefined)) as { readonly properties?: JsonObject } | undefined;
    const fault = this.faults.meet(verb, id);
    const isInstead = fault?.status !== undefined && fault.status !== 202;
    if (isInstead && fault.applied !== true) {
      return faultAnswer(fault, id);
    }
    const resource = this.#at(id);
    if (resource === undefined) {
      return notFound(id);
    }
    const held = poolHeld(resource, request);
    if (held !== undefined) {
      return held;
    }
    if (body?.properties === undefined) {
      return armError(400, 'InvalidRequestContent', 'The request content was invalid.');
    }
    const apiVersion = new URL(request.url).searchParams.get('api-version') ?? '';
    const answer = this.#accept(verb, resource, body.properties, apiVersion);
    if (fault?.status === 202 && answer.status === 202) {
      return new Response(answer.body, {
        status: 202,
        headers: { 'content-type': 'application/json', ...fault.headers },
      });
    }
    return isInstead ? faultAnswer(fault, id) : answer;
  }

  #accept(verb: 'PATCH' | 'PUT', resource: ArmResource, set: JsonObject, apiVersion: string): Response {
    const refused = refusal(resource, set, this.state.siblings(resource));
    if (refused !== undefined) {
      return armError(400, refused.code, refused.message);
    }
    const group = groupSetBy(resource, set);
    if (group !== undefined && this.state.get(group) === undefined) {
      return armError(400, 'BadRequest', `The origin group '${group}' does not exist.`);
    }
    const channel = channelOf(resource.id);
    const { serial } = this.faults.pace(verb, resource.id);
    if ((this.#options.overlap ?? 'queue') === 'conflict' && serial !== true && this.#operations.isBusy(channel)) {
      return faultAnswer({ status: 409 }, resource.id);
    }
    const at = this.#options.clock.now().getTime();
    this.accepted.push({ verb, id: resource.id.toLowerCase(), set, at });
    if (!isLongRunning(resource.id)) {
      this.change(resource.id, set);
      return Response.json(shown(this.state.get(resource.id) ?? resource));
    }
    const operation = this.#operations.accept(verb, resource, set, channel);
    this.state.put(withOrder(this.state.get(resource.id) ?? resource, operation.endsAt + (this.#options.nodesMs ?? 0)));
    return Response.json(shown(this.state.get(resource.id) ?? resource), {
      status: 202,
      headers: { ...acceptedHeaders(operation, this.#publicUrl, apiVersion) },
    });
  }
}
