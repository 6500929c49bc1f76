import { generateKeyPairSync } from 'node:crypto';

import { CompactSign } from 'jose';
import { expect } from 'vitest';

import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../../../shared/adapters/in-memory/signal-queue.ts';
import { answerPerson } from '../../../../shared/api/people/answer-person.ts';
import type { PeopleFleet, PeopleTools } from '../../../../shared/api/people/route.ts';
import { ROUTES } from '../../../../shared/api/people/routes.ts';
import { problem } from '../../../../shared/api/problem.ts';
import { InMemoryBlobStore } from '../../../../shared/adapters/in-memory/blob-store.ts';
import { Parking } from '../../../../shared/records/parking.ts';
import { RefusedTokens } from '../../../../shared/records/refused-tokens.ts';
import { Paging } from '../../../../shared/notify/paging.ts';
import { NotFoundError } from '../../../../shared/errors.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import type { Answer, ApiRequest } from '../../../../shared/reflex.ts';
import { EDGES } from '../../../../shared/targets/edge/index.ts';

const TENANT = 'tenant';
const CLIENT = 'client';
const PAIR = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = { ...PAIR.publicKey.export({ format: 'jwk' }), kid: 'k' };

const PROFILE =
  '/subscriptions/00000000-0000-4000-8000-000000000000/resourcegroups/shop/providers/microsoft.cdn/profiles/shop';
export const EDGE = `${PROFILE}/origingroups/apps`;
export const NEU = `${EDGE}/origins/origin-neu`;
export const WEU = `${EDGE}/origins/origin-weu`;
export const BRANCH = 'github.com/contoso/gitops#main';
export const SHOP_GROUP = 'Group-Shop';

const gitops = { name: 'shop', owner: 'contoso', repo: 'gitops', branch: 'main' };
export const FLEET: PeopleFleet = {
  name: 'test',
  revision: 'r1',
  registries: [],
  keyVaults: [],
  repositories: [gitops],
  clusters: [],
  images: [
    {
      name: 'web',
      registry: 'contoso.azurecr.io',
      repository: 'shop/*',
      gitops,
      stages: [],
      policy: { kind: 'semver', range: '*', loose: false },
      mode: 'propose',
      team: 'shop',
    },
  ],
  edges: [
    {
      name: 'shop',
      id: EDGE,
      service: 'front-door',
      profile: PROFILE,
      priority: 1,
      origins: [
        { name: 'origin-neu', id: NEU, region: 'neu', cluster: 'shop-neu' },
        { name: 'origin-weu', id: WEU, region: 'weu', cluster: 'shop-weu' },
      ],
      policy: {
        mode: { drain: 'propose', restore: 'propose' },
        bake: { bakeMs: 600_000, propagationMs: 1_200_000, metricLagMs: 180_000 },
      } as PeopleFleet['edges'][number]['policy'],
    },
  ],
  fleetFiles: {},
  sections: { teams: { shop: { approvers: SHOP_GROUP.toLowerCase(), registries: [], writes: [] } } },
};

export const PLAN: Plan = {
  schema: 1,
  id: '00000000-0000-4000-8000-000000000001',
  target: EDGE,
  state: 'waiting',
  revision: 1,
  serves: [{ key: 'intent|x', subject: WEU, value: 'v', signals: [] }],
  steps: [
    {
      id: 'origin-weu:enabled',
      title: 'origin-weu: out (its weight 500 stays)',
      effect: 'drain',
      from: { 'origin-weu': { enabled: true } },
      to: { 'origin-weu': { enabled: false } },
      changes: [{ subject: WEU, group: 'enabled', from: { enabled: true }, to: { enabled: false } }],
      predicates: [
        'origin-neu is enabled with weight 500',
        'origin-weu is enabled with weight 500',
        'the moon is full',
      ],
      bakeMs: 60_000,
      onFailure: 'back',
    },
  ],
  journal: [],
  digest: 'd'.repeat(64),
  created: '2026-01-05T08:00:00.000Z',
  consent: { needed: 1, requesters: ['Alice'], expires: '2026-01-05T09:00:00.000Z', withinMs: 3_600_000, given: [] },
};

/** Somebody's claims; those of an application have no `scp`. */
export type Claims = Readonly<Record<string, unknown>>;

export const ALICE: Claims = { oid: 'Alice', roles: ['Operator'] };
export const BOB: Claims = { oid: 'bob', roles: ['Approver'], groups: [SHOP_GROUP] };
export const DAVE: Claims = { oid: 'dave', roles: ['Approver'] };
export const RITA: Claims = { oid: 'rita', roles: ['Reader'] };

/** People's API over stores in memory. */
export class Office {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly queue = new InMemorySignalQueue(this.clock);
  readonly logged: string[] = [];
  readonly paging: Paging;
  readonly parking: Parking;
  readonly refused: RefusedTokens;
  tools: PeopleTools;

  constructor(more: Partial<PeopleTools> = {}) {
    const log = (message: string): void => void this.logged.push(message);
    const tools = { clock: this.clock, log: { debug: log, info: log, warn: log, error: log } };
    this.paging = new Paging({ rows: this.rows, ...tools, pagers: [], escalateAfterMs: 900_000 });
    this.parking = new Parking({ blobs: new InMemoryBlobStore(), rows: this.rows, clock: this.clock });
    this.refused = new RefusedTokens({ rows: this.rows, ...tools });
    this.tools = {
      ...tools,
      keys: { key: () => Promise.resolve(KEY) },
      random: new SeededRandom(1),
      rows: this.rows,
      queue: this.queue,
      paging: this.paging,
      parking: this.parking,
      refused: this.refused,
      fleet: () => Promise.resolve(FLEET),
      imageHistory: ({ image, stage }) =>
        Promise.resolve({ image, stage: stage.name, asOf: '', standing: [], versions: [], holds: [] }),
      record: (id) => Promise.resolve(problem(404, 'REFLEX_NOT_FOUND', id)),
      explainImage: () => Promise.reject(new NotFoundError('no such repository')),
      trust: {
        tenantId: TENANT,
        clientId: 'api',
        apiUri: 'api://reflex',
        skewSeconds: 60,
        clientApplicationId: CLIENT,
        scope: 'reflex.act',
      },
      ...more,
    };
  }

  /** A bearer token of a person through our client, with what `claims` say otherwise. */
  async token(claims: Claims): Promise<string> {
    const at = this.clock.now().getTime() / 1000;
    const all = {
      aud: 'api',
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      tid: TENANT,
      nbf: at,
      exp: at + 3_600,
      azp: CLIENT,
      scp: 'reflex.act',
      ...claims,
    };
    const payload = new TextEncoder().encode(JSON.stringify(all));
    return `Bearer ${await new CompactSign(payload).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(PAIR.privateKey)}`;
  }

  async request(call: string, as: Claims | undefined, body?: unknown, more: Partial<ApiRequest> = {}): Promise<Answer> {
    const [method = '', url = ''] = call.split(' ');
    const { pathname, searchParams } = new URL(url, 'https://x');
    return await answerPerson(
      {
        method,
        path: pathname.slice(1),
        query: Object.fromEntries(searchParams),
        authorization: as === undefined ? undefined : await this.token(as),
        idempotencyKey: undefined,
        contentLength: undefined,
        text: () => Promise.resolve(textOf(body)),
        ...more,
      },
      this.tools,
    );
  }

  /** Calls and holds a good answer against the API's own description. */
  async call<T = Record<string, unknown>>(call: string, as?: Claims, body?: unknown): Promise<T & { status: number }> {
    const { status, body: text } = await this.request(call, as, body);
    const value = JSON.parse(text) as T;
    const [method, path = ''] = call.replace(/\?.*/, '').split(' ');
    const there = ROUTES.find((one) => one.method === method && toPattern(one.path).test(path));
    const schema = there?.answers[status]?.schema;
    if (schema !== undefined) {
      expect(schema.safeParse(value).error).toBeUndefined();
    }
    return { ...value, status };
  }

  /** Stores a plan as the loop would. */
  async store(plan: Plan, partition = EDGES): Promise<void> {
    const target = { kind: 'any', key: plan.target, partition };
    const rows = new TargetRows(this.rows);
    await rows.save(target, await rows.load(target), {
      plan,
      lane: plan.state === 'waiting' ? { previews: { propose: { digest: plan.digest, plan: plan.id } } } : {},
    });
  }

  /** What was put on the queue, opened. */
  sent(): readonly unknown[] {
    return this.queue.take().map((message) => JSON.parse(message) as unknown);
  }
}

function textOf(body: unknown): string {
  return body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
}

function toPattern(path: string): RegExp {
  return new RegExp(`^/${path.replaceAll('.', String.raw`\.`).replace(/\{\w+\}/g, '[^/]+')}$`);
}
