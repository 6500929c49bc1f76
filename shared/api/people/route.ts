import type * as z from 'zod';

import type { Fleet, FleetImage, FleetSections } from '../../fleet/model.ts';
import type { Paging } from '../../notify/paging.ts';
import type { ImageExplanation } from '../../pipeline/images/explain-image.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { SignalQueue } from '../../ports/signal-queue.ts';
import type { StagedImage } from '../../pipeline/images/stage-versions.ts';
import type { Parking } from '../../records/parking.ts';
import type { RefusedTokens } from '../../records/refused-tokens.ts';
import type { Answer } from '../../reflex.ts';
import type { GateAccess } from '../../reports/index.ts';
import type { AuthenticationTools, Person } from '../authenticate.ts';
import type { PersonRole, PersonTrust } from '../token-claims.ts';

/** The fleet with its teams, where its files name some. */
export type PeopleFleet = Fleet & { readonly sections?: Pick<FleetSections, 'teams'> };

/** What the API's answers are made with; composition.ts builds it. */
export interface PeopleTools extends AuthenticationTools {
  readonly trust: PersonTrust;
  readonly random: Random;
  readonly log: Log;
  readonly rows: RowStore;
  readonly queue: SignalQueue;
  readonly fleet: () => Promise<PeopleFleet>;
  /** What people are called for. */
  readonly paging: Pick<Paging, 'pages' | 'acknowledge'>;
  /** What could not be used. */
  readonly parking: Pick<Parking, 'day'>;
  /** Tokens that let nobody in. */
  readonly refused: Pick<RefusedTokens, 'count' | 'day'>;
  /** Groups that the deployment lets approve at all; not bounded if absent. */
  readonly approvers?: readonly string[];
  /** For exported plans: where gate documents lie, and what signs them. */
  readonly gateAccess?: GateAccess;
  /** What a stage shows of an image, and what one can go back to there. @throws what Git host and registry throw */
  readonly imageHistory: (staged: StagedImage) => Promise<object>;
  /** A decision record or plan by its id. */
  readonly record: (id: string) => Promise<Answer>;
  /** What an image rule would choose now. @throws ReflexError */
  readonly explainImage: (rule: FleetImage, repository: string) => Promise<ImageExplanation>;
}

/** One call that was understood: who, and what. */
export interface Call<Query = unknown, Body = unknown> {
  readonly by: Person;
  /** What stands in the path's braces. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey: string | undefined;
}

/** What an answer of one status is, for the API's description. */
export interface Described {
  readonly description: string;
  /** Of a JSON answer. */
  readonly schema?: z.ZodType;
}

/** One operation of the API. */
export interface Route<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below `v1/`, with `{name}` for a segment. */
  readonly path: string;
  /** Its name in the API's description. */
  readonly operation: string;
  readonly summary: string;
  /** One of these is needed; none: no token is asked for. */
  readonly roles: readonly PersonRole[];
  /** Of the query's members, each as text; others are passed over. */
  readonly query?: Query;
  readonly body?: Body;
  readonly answers: Readonly<Record<number, Described>>;
  /** Further statuses that it refuses with. */
  readonly refusals?: readonly number[];
  readonly answer: (call: Call<z.output<Query>, z.output<Body>>, tools: PeopleTools) => Promise<Answer>;
}

export const READERS: readonly PersonRole[] = ['Reader', 'Operator', 'Approver'];
export const OPERATORS: readonly PersonRole[] = ['Operator'];
export const APPROVERS: readonly PersonRole[] = ['Approver'];

/** Forgets a route's own types: whoever calls `answer` parses by `query` and `body` first. */
export function route<Query extends z.ZodType, Body extends z.ZodType>(one: Route<Query, Body>): Route {
  return one;
}

/** A JSON answer that nobody keeps. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(value, null, 2)}\n`,
  };
}
