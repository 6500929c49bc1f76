import { sha256 } from '../../shared/domain/digest.ts';
import type { EdgeDecision } from '../../shared/domain/traffic/answers.ts';
import { PlanCommandError, RowConflictError, StorageUnavailableError } from '../../shared/errors.ts';
import { sealEnvelope } from '../../shared/pipeline/envelope.ts';
import { approvePlan, rejectPlan } from '../../shared/reconcile/plan-commands.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { KILL_SWITCH } from '../../shared/reconcile/kill-switch.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { App, Crash } from './app.ts';
import { alertBody, commandOf, measurementOf } from './inputs.ts';
import type { Scenario, ScenarioEvent } from './scenario.ts';
import { put, seedRows } from './seed.ts';
import { World, type QueuedMessage } from './world.ts';

/** What an event was answered with. */
export interface Answer {
  readonly decision: EdgeDecision;
  readonly reason: string;
}

/** A scenario after its end. */
export interface Played {
  readonly world: World;
  readonly app: App;
  /** The answer that stands: of the last event that was not a repetition. */
  readonly answer: Answer;
  /** True if a process died while a plan was under way, and another went on with it. */
  readonly isResumed: boolean;
  readonly fences?: { readonly accepted: number; readonly rejected: number };
}

/** Redelivery of a message whose handling failed, and how often. */
const REDELIVER_MS = 30_000;
const MAX_DELIVERIES = 5;
/** More than any scenario takes. */
const MAX_TURNS = 2_000;
/** How long a plan is followed after the last event. */
const AFTERWARDS_MS = 14 * 86_400_000;

/** Plays a scenario's events on a world of its own, in virtual time. */
export async function play(scenario: Scenario): Promise<Played> {
  const player = new Player(scenario);
  await player.run();
  return player.played();
}

class Player {
  readonly #world: World;
  readonly #scenario: Scenario;
  #app: App;
  #answer: Answer | undefined;
  #isResumed = false;
  #isDown = false;
  #hasEnded = false;
  #isNested = false;
  readonly #timed: readonly { readonly at: number; readonly event: ScenarioEvent; readonly index: number }[];
  #placed: { readonly event: ScenarioEvent; readonly index: number }[];
  readonly #deliveries = new Map<string, number>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#world = new World(scenario);
    this.#app = new App(this.#world);
    const events = scenario.events ?? (scenario.event === undefined ? [] : [scenario.event]);
    const isPlaced = (event: ScenarioEvent): boolean =>
      event.at === undefined &&
      [event.atStep, event.after, event.afterWrite, event.when].some((one) => one !== undefined);
    const indexed = events.map((event, index) => ({ event, index }));
    const begin = scenario.state.now ?? 0;
    this.#timed = indexed
      .filter(({ event }) => !isPlaced(event))
      .map((one) => ({ ...one, at: one.event.at ?? Number(one.event['acquire'] ?? begin) }))
      .toSorted((a, b) => a.at - b.at || a.index - b.index);
    this.#placed = indexed.filter(({ event }) => isPlaced(event));
  }

  played(): Played {
    const answer = this.#answer ?? { decision: 'noop', reason: 'verified' };
    return { world: this.#world, app: this.#app, answer, isResumed: this.#isResumed };
  }

  async run(): Promise<void> {
    await seedRows(this.#world);
    this.#app.storeDown = this.#scenario.state.storeDown === true;
    this.#world.hooks = {
      beforeRead: async () => await this.#meanwhile(({ atStep }) => atStep !== undefined),
      beforeWrite: async () => await this.#beforeWrite(),
      afterWrite: () => this.#afterWrite(),
    };
    const now = this.#scenario.state.now ?? 0;
    if (now > 0) {
      await this.#world.clock.advance(now * 1000);
    }
    for (const { at, event, index } of this.#timed) {
      await this.#until(at);
      await this.#event(event, index);
      await this.#placedNow();
    }
    this.#hasEnded = true;
    await this.#afterwards();
  }

  /** Handles what lies on the queue until then. */
  async #until(seconds: number): Promise<void> {
    const end = this.#world.at(seconds).getTime();
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const next = this.#nextMessage(end);
      if (next === undefined || this.#isDown) {
        break;
      }
      await this.#deliver(next);
    }
    const left = end - this.#world.clock.now().getTime();
    if (left > 0) {
      await this.#world.clock.advance(left);
    }
  }

  async #afterwards(): Promise<void> {
    const end = this.#world.clock.now().getTime() + AFTERWARDS_MS;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      await this.#placedNow();
      const next = this.#nextMessage(end);
      if (next === undefined) {
        return;
      }
      await this.#deliver(next);
    }
  }

  #nextMessage(end: number): QueuedMessage | undefined {
    const due = this.#world.messages
      .filter((message) => message.due <= end && !(this.#hasEnded && isTimer(message)))
      .toSorted((a, b) => a.due - b.due);
    return due[0];
  }

  async #deliver(message: QueuedMessage): Promise<void> {
    const { clock } = this.#world;
    this.#world.messages = this.#world.messages.filter((one) => one !== message);
    const wait = message.due - clock.now().getTime();
    if (wait > 0) {
      await clock.advance(wait);
    }
    const { kind, why } = JSON.parse(message.text) as { readonly kind: string; readonly why?: string };
    await this.#attempt(message.text, async () => {
      if (kind !== 'wake') {
        await this.#app.handle(JSON.parse(message.text));
        await this.#readAnswer(message.text);
        return;
      }
      const answer = await this.#app.edges.look(this.#world.edge.id);
      if (answer !== undefined && (why === 'settle' || answer.decision === 'escalate')) {
        this.#say(answer);
      }
    });
  }

  /** Runs one delivery; what fails is delivered again later, as the queue would. */
  async #attempt(text: string | undefined, work: () => Promise<void>): Promise<void> {
    const { clock, queue } = this.#world;
    try {
      await (this.#isNested ? work() : clock.run(work()));
    } catch (error) {
      if (error instanceof Crash) {
        this.#died();
      } else if (error instanceof StorageUnavailableError) {
        this.#say({ decision: 'retry', reason: 'storage-unavailable' });
        return;
      } else if (!(error instanceof RowConflictError)) {
        throw error;
      }
      const count = text === undefined ? MAX_DELIVERIES : (this.#deliveries.get(text) ?? 0) + 1;
      if (text !== undefined && count < MAX_DELIVERIES) {
        this.#deliveries.set(text, count);
        await queue.send(text, REDELIVER_MS);
      }
    }
  }

  #died(): void {
    this.#app.kill();
    this.#isResumed = true;
    this.#app = new App(this.#world);
    const isRestarted = [...this.#timed.map(({ event }) => event), ...this.#placed.map(({ event }) => event)].some(
      ({ kind, at = Infinity }) => kind === 'restart' && at >= this.#world.seconds(),
    );
    this.#isDown = isRestarted && !this.#hasEnded;
  }

  async #event(event: ScenarioEvent, index: number): Promise<void> {
    switch (event.kind) {
      case 'alert': {
        await this.#post(JSON.stringify(alertBody(event, this.#world)));
        return;
      }
      case 'raw':
      case 'eventgrid': {
        await this.#raw(event);
        return;
      }
      case 'signal': {
        await this.#report(
          async (app) =>
            await app.edges.measurement(this.#world.edge.id, measurementOf(event, this.#world), `signal#${index}`),
        );
        return;
      }
      case 'tick':
      case 'reconcile':
      case 'restart':
        this.#isDown = false;
        {
          await this.#report(async (app) => await app.edges.look(this.#world.edge.id));
          return;
        }
      case 'runbook':
      case 'drill':
      case 'restore': {
        await this.#command(event, index);
        return;
      }
      case 'approval': {
        await this.#approval(event);
        return;
      }
      case 'killswitch': {
        await this.#killSwitch(event);
        return;
      }
      case 'verify': {
        await this.#verify(event);
        return;
      }
      case 'external':
        this.#external(event);
        return;
      case 'crash': {
        await this.#crash();
        return;
      }
      case 'runner': {
        await this.#runner(event);
        return;
      }
      default:
        this.#say({ decision: 'ignore', reason: `unknown-event ${event.kind}` });
    }
  }

  async #post(body: string): Promise<void> {
    const receivedAt = this.#world.clock.now().toISOString();
    const text = sealEnvelope({ kind: 'events', via: 'alert:scenario', receivedAt, body });
    await this.#attempt(text, async () => {
      await this.#app.handle(JSON.parse(text));
      await this.#readAnswer(text);
    });
  }

  /** The decision record of a signal says how it was answered. */
  async #readAnswer(text: string): Promise<void> {
    const { body } = JSON.parse(text) as { readonly body: string };
    const parsed = JSON.parse(body) as { readonly data?: { readonly essentials?: Record<string, string> } };
    const {
      alertId: id = '',
      monitorCondition = '',
      firedDateTime = '',
      resolvedDateTime,
    } = parsed.data?.essentials ?? {};
    const time = new Date(monitorCondition === 'Resolved' ? (resolvedDateTime ?? firedDateTime) : firedDateTime);
    const key = `${id.toLowerCase()}#${monitorCondition}@${Number.isNaN(time.getTime()) ? '' : time.toISOString()}`;
    const blob = await this.#world.blobs.get(`decisions/${sha256(key)}.json`);
    if (blob === undefined) {
      this.#say({ decision: 'ignore', reason: 'out-of-scope' });
      return;
    }
    const { at, explained } = JSON.parse(new TextDecoder().decode(blob.bytes)) as {
      readonly at: string;
      readonly explained: { readonly answers?: readonly Answer[] };
    };
    const [answer = { decision: 'ignore' as const, reason: 'out-of-scope' }] = explained.answers ?? [];
    if (at === this.#world.clock.now().toISOString()) {
      this.#say(answer);
    }
  }

  async #raw(event: ScenarioEvent): Promise<void> {
    const type = event['eventType'] ?? '';
    if (String(type).endsWith('SubscriptionValidationEvent')) {
      this.#say({ decision: 'noop', reason: 'handshake' });
      return;
    }
    const body = event['body'] ?? event['raw'] ?? event;
    const text = sealEnvelope({
      kind: 'events',
      via: 'scenario',
      receivedAt: this.#world.clock.now().toISOString(),
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    await this.#attempt(text, async () => await this.#app.handle(JSON.parse(text)));
    this.#say({ decision: 'ignore', reason: 'unreadable' });
  }

  async #report(take: (app: App) => Promise<Answer | undefined>): Promise<void> {
    await this.#attempt(undefined, async () => {
      const answer = await take(this.#app);
      this.#say(answer ?? { decision: 'ignore', reason: 'out-of-scope' });
    });
  }

  async #command(event: ScenarioEvent, index: number): Promise<void> {
    const given = commandOf(event, this.#world, index);
    const { target } = event;
    if (given === undefined || (typeof target === 'string' && !target.toLowerCase().includes('/profiles/p1'))) {
      this.#say({ decision: 'ignore', reason: given === undefined ? 'unknown-action' : 'out-of-scope' });
      return;
    }
    await this.#attempt(undefined, async () => {
      const outcome = await this.#app.edges.command(given);
      if (outcome === undefined) {
        return;
      }
      const approvers = Array.isArray(event['approvedBy']) ? (event['approvedBy'] as unknown[]).map(String) : [];
      if (outcome.decision !== 'pending-approval' || approvers.length === 0) {
        this.#say(outcome);
        return;
      }
      this.#say(await this.#approve(outcome.plan ?? '', outcome.digest ?? '', approvers));
    });
  }

  async #approve(plan: string, digest: string, approvers: readonly string[]): Promise<Answer> {
    const target = edgeTarget(this.#world.edge);
    const now = (): Date => this.#world.clock.now();
    let refusal: string | undefined;
    let isAgreed = false;
    let given = 0;
    let needed = 0;
    for (const by of approvers) {
      try {
        const { agreed, plan: after } = await approvePlan(this.#app.rows, target, { plan, digest, by, now });
        isAgreed = agreed;
        given = after.consent?.given.length ?? 0;
        needed = after.consent?.needed ?? 0;
      } catch (error) {
        if (!(error instanceof PlanCommandError)) {
          throw error;
        }
        refusal = await this.#refusalOf(error, plan);
      }
    }
    if (!isAgreed) {
      const isRefused = refusal === 'approval-expired' || refusal === 'declined';
      return { decision: isRefused ? 'refuse' : 'pending-approval', reason: refusal ?? `approvals ${given}/${needed}` };
    }
    return (await this.#app.edges.look(this.#world.edge.id)) ?? { decision: 'noop', reason: 'verified' };
  }

  async #refusalOf({ reason }: PlanCommandError, id: string): Promise<string> {
    const plan = await this.#app.rows.plan(edgeTarget(this.#world.edge), id);
    if (plan?.state === 'expired') {
      return 'approval-expired';
    }
    if (plan?.state === 'rejected') {
      return 'declined';
    }
    return plan?.state === 'superseded' ? 'plan-changed' : reason;
  }

  async #approval(event: ScenarioEvent): Promise<void> {
    const { planHash, executionId, tokenFor, decision = 'approve', by = 'somebody' } = event as unknown as Approval;
    await this.#attempt(undefined, async () => {
      const waiting = await this.#firstPlan();
      const isForeign = tokenFor !== undefined && tokenFor !== executionId;
      if (waiting === undefined || isForeign) {
        this.#say({ decision: 'refuse', reason: 'approval-mismatch' });
        return;
      }
      if (/^(declin|reject|den|no)/i.test(decision)) {
        await rejectPlan(this.#app.rows, edgeTarget(this.#world.edge), {
          plan: waiting.id,
          by,
          now: () => this.#world.clock.now(),
        });
        this.#say({ decision: 'refuse', reason: 'declined' });
        return;
      }
      await this.#app.edges.look(this.#world.edge.id);
      const digest = planHash === undefined || planHash === 'current' ? waiting.digest : planHash;
      this.#say(await this.#approve(waiting.id, digest, [by]));
    });
  }

  /** The plan that people were asked about first. */
  async #firstPlan(): Promise<Plan | undefined> {
    const rows = await this.#world.rows.list('edges', 'plan|');
    const plans = rows.map(({ value }) => value as unknown as Plan).filter(({ consent }) => consent !== undefined);
    return (
      plans.toSorted((a, b) => (a.created < b.created ? 1 : -1)).find(({ state }) => state === 'waiting') ?? plans[0]
    );
  }

  async #killSwitch(event: ScenarioEvent): Promise<void> {
    const said = event['on'] ?? event['state'] ?? event['value'] ?? event['set'] ?? true;
    const isOn = said === true || said === 'on';
    await put(this.#world, KILL_SWITCH, { on: isOn, by: String(event['by'] ?? 'operator'), reason: 'scenario' });
    await this.#report(async (app) => await app.edges.look(this.#world.edge.id));
  }

  async #verify(event: ScenarioEvent): Promise<void> {
    const { errorRate, p95Ms, requests, hasNoData } = measurementOf(event, this.#world);
    const { region } = event;
    this.#world.shown = {
      noData: hasNoData,
      ...(region === undefined || requests === undefined
        ? {}
        : { requestsByRegion: { [region.toLowerCase()]: requests } }),
      served: {
        requests: requests ?? Number.MAX_SAFE_INTEGER,
        errorRate: errorRate ?? 0,
        ...(p95Ms === undefined ? {} : { p95Ms }),
      },
    };
    await this.#report(async (app) => await app.edges.look(this.#world.edge.id));
  }

  #external(event: ScenarioEvent): void {
    const set = (event['set'] ?? {}) as { readonly weight?: number; readonly enabled?: boolean };
    const name = this.#scenario.backend === 'afd' ? 'enabledState' : 'endpointStatus';
    this.#world.arm.change(this.#world.originId(event.region ?? ''), {
      ...(set.weight === undefined ? {} : { weight: set.weight }),
      ...(set.enabled === undefined ? {} : { [name]: set.enabled ? 'Enabled' : 'Disabled' }),
    });
  }

  /** A crash at its own time: whatever runs next is another process. */
  async #crash(): Promise<void> {
    const open = await this.#isUnderWay();
    this.#app.kill();
    this.#app = new App(this.#world);
    this.#isResumed = this.#isResumed || open;
    this.#isDown = this.#timed.some(({ event, at }) => event.kind === 'restart' && at >= this.#world.seconds());
  }

  /** A worker that takes the lease; the first begins a drain and is stopped before it is sent. */
  async #runner(event: ScenarioEvent): Promise<void> {
    const { fence = 1, pausedUntil } = event as { readonly fence?: number; readonly pausedUntil?: number };
    const target = edgeTarget(this.#world.edge);
    const app = new App(this.#world);
    const state = await app.rows.load(target);
    if (pausedUntil === undefined) {
      const before = await this.#stepsWritten();
      const answer = await this.#world.clock.run(app.edges.look(this.#world.edge.id));
      const hasGoneOn = (await this.#stepsWritten()) > before;
      this.#isResumed = this.#isResumed || hasGoneOn;
      this.#say(hasGoneOn || answer === undefined ? { decision: 'resume', reason: '' } : answer);
      return;
    }
    await app.rows.save(target, state, { fence: fence - 1 });
    let isFirst = true;
    const { hooks, clock } = this.#world;
    this.#world.hooks = {
      ...hooks,
      beforeRead: async () => {
        const { lane } = await app.rows.load(target);
        if (lane.activePlan !== undefined && isFirst) {
          isFirst = false;
          await clock.sleep(this.#world.at(pausedUntil).getTime() - clock.now().getTime());
        }
      },
    };
    const drain: ScenarioEvent = {
      kind: 'runbook',
      action: 'evacuate',
      region: this.#scenario.origins[0]?.region ?? '',
    };
    const given = commandOf(drain, this.#world, 0);
    if (given !== undefined) {
      void app.edges.command(given).catch(() => undefined);
      await clock.advance(1);
    }
  }

  async #isUnderWay(): Promise<boolean> {
    const { lane } = await new App(this.#world).rows.load(edgeTarget(this.#world.edge));
    return lane.activePlan !== undefined;
  }

  /** Plays what a scenario puts into the middle of something. */
  async #meanwhile(which: (event: ScenarioEvent) => boolean): Promise<void> {
    if (this.#isNested) {
      return;
    }
    const steps = await this.#stepsWritten();
    const due = this.#placed.filter(({ event }) => which(event) && (event.atStep ?? 0) <= steps);
    if (due.length === 0) {
      return;
    }
    this.#placed = this.#placed.filter((one) => !due.includes(one));
    this.#isNested = true;
    try {
      for (const { event, index } of due) {
        if (event.kind === 'crash') {
          throw new Crash('as the scenario says');
        }
        await this.#event(event, index);
      }
    } finally {
      this.#isNested = false;
    }
  }

  async #beforeWrite(): Promise<void> {
    if (this.#isNested) {
      return;
    }
    await this.#meanwhile(({ when, after, kind }) => when !== undefined || (kind === 'crash' && isBeforeWrite(after)));
  }

  #afterWrite(): void {
    const count = this.#world.arm.accepted.length;
    const crash = this.#placed.find(
      ({ event }) =>
        event.kind === 'crash' &&
        event.atStep === undefined &&
        (event.afterWrite ?? (isBeforeWrite(event.after) ? Infinity : 1)) <= count,
    );
    if (crash !== undefined && !this.#isNested) {
      this.#placed = this.#placed.filter((one) => one !== crash);
      throw new Crash('as the scenario says');
    }
  }

  /** Events that wait for a step which has been written by now, and restarts after a crash. */
  async #placedNow(): Promise<void> {
    const steps = await this.#stepsWritten();
    const due = this.#placed.filter(
      ({ event }) =>
        (event.atStep !== undefined && event.atStep <= steps) || (event.kind === 'restart' && this.#isResumed),
    );
    this.#placed = this.#placed.filter((one) => !due.includes(one));
    for (const { event, index } of due) {
      await this.#event(event, index);
    }
  }

  async #stepsWritten(): Promise<number> {
    const rows = await this.#world.rows.list('edges', 'plan|');
    return rows
      .map(({ value }) => (value as unknown as Plan).journal.filter(({ state }) => state === 'written').length)
      .reduce((sum, count) => sum + count, 0);
  }

  /** An answer replaces the former one unless it says that nothing was to be done. */
  #say(answer: Answer): void {
    const isNothing = answer.decision === 'noop' && this.#answer !== undefined;
    if (!isNothing) {
      this.#answer = { decision: answer.decision, reason: answer.reason };
    }
  }
}

interface Approval {
  readonly by?: string;
  readonly decision?: string;
  readonly planHash?: string;
  readonly executionId?: string;
  readonly tokenFor?: string;
}

/** Crash points before the first call to the service: `plan`, `intent`, `lease`, `journal`. */
function isBeforeWrite(after: ScenarioEvent['after']): boolean {
  return typeof after === 'string' && !/write|patch|accept|lro|step/i.test(after);
}

/** Wakes for a region's health: recovery, hold and cooldown end with the scenario. */
function isTimer({ text }: QueuedMessage): boolean {
  return text.includes('"why":"health"');
}
