import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { App, Crash } from './app.ts';
import { alertBody, measurementOf } from './inputs.ts';
import { approval, command, killSwitch } from './people.ts';
import { post, raw, readAnswer } from './post.ts';
import type { Scenario, ScenarioEvent } from './scenario.ts';
import { seedRows } from './seed.ts';
import { Stage, type Answer } from './stage.ts';
import { external, runner, stepsWritten, verify } from './surroundings.ts';
import type { QueuedMessage, World } from './world.ts';

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
  readonly #stage: Stage;
  #isDown = false;
  #hasEnded = false;
  readonly #timed: readonly { readonly at: number; readonly event: ScenarioEvent; readonly index: number }[];
  #placed: { readonly event: ScenarioEvent; readonly index: number }[];

  constructor(scenario: Scenario) {
    this.#stage = new Stage(scenario);
    this.#stage.onDeath = () => this.#died();
    const events = [...(scenario.event === undefined ? [] : [scenario.event]), ...(scenario.events ?? [])];
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
    const answer = this.#stage.answer ?? { decision: 'noop', reason: 'verified' };
    return { world: this.#stage.world, app: this.#stage.app, answer, isResumed: this.#stage.isResumed };
  }

  async run(): Promise<void> {
    await seedRows(this.#stage.world);
    this.#stage.world.hooks = {
      beforeRead: async () => await this.#meanwhile(({ atStep }) => atStep !== undefined),
      beforeWrite: async () => await this.#beforeWrite(),
      afterWrite: () => this.#afterWrite(),
    };
    const now = this.#stage.world.scenario.state.now ?? 0;
    if (now > 0) {
      await this.#stage.world.clock.advance(now * 1000);
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
    const end = this.#stage.world.at(seconds).getTime();
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const next = this.#nextMessage(end);
      if (next === undefined || this.#isDown) {
        break;
      }
      await this.#deliver(next);
    }
    const left = end - this.#stage.world.clock.now().getTime();
    if (left > 0) {
      await this.#stage.world.clock.advance(left);
    }
  }

  async #afterwards(): Promise<void> {
    const end = this.#stage.world.clock.now().getTime() + AFTERWARDS_MS;
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
    const due = this.#stage.world.messages
      .filter((message) => message.due <= end && !(this.#hasEnded && isTimer(message)))
      .toSorted((a, b) => a.due - b.due);
    return due[0];
  }

  async #deliver(message: QueuedMessage): Promise<void> {
    const { clock } = this.#stage.world;
    this.#stage.world.messages = this.#stage.world.messages.filter((one) => one !== message);
    const wait = message.due - clock.now().getTime();
    if (wait > 0) {
      await clock.advance(wait);
    }
    const { kind, why } = JSON.parse(message.text) as { readonly kind: string; readonly why?: string };
    await this.#stage.attempt(message.text, async () => {
      if (kind !== 'wake') {
        await this.#stage.app.handle(JSON.parse(message.text));
        await readAnswer(this.#stage, message.text);
        return;
      }
      const answer = await this.#stage.app.edges.look(this.#stage.world.edge.id);
      if (answer !== undefined && (why === 'settle' || answer.decision === 'escalate')) {
        this.#stage.say(answer);
      }
    });
  }

  /** While a process is down that will be restarted, nothing is handled. */
  #died(): void {
    const isRestarted = [...this.#timed.map(({ event }) => event), ...this.#placed.map(({ event }) => event)].some(
      ({ kind, at = Infinity }) => kind === 'restart' && at >= this.#stage.world.seconds(),
    );
    this.#isDown = isRestarted && !this.#hasEnded;
  }

  async #event(event: ScenarioEvent, index: number): Promise<void> {
    switch (event.kind) {
      case 'alert': {
        await post(this.#stage, JSON.stringify(alertBody(event, this.#stage.world)));
        return;
      }
      case 'raw':
      case 'eventgrid': {
        await raw(this.#stage, event);
        return;
      }
      case 'signal': {
        await this.#stage.report(
          async (app) =>
            await app.edges.measurement(
              this.#stage.world.edge.id,
              measurementOf(event, this.#stage.world),
              `signal#${index}`,
            ),
        );
        return;
      }
      case 'tick':
      case 'reconcile':
      case 'restart':
        this.#isDown = false;
        {
          await this.#stage.report(async (app) => await app.edges.look(this.#stage.world.edge.id));
          return;
        }
      case 'runbook':
      case 'drill':
      case 'restore': {
        await command(this.#stage, event, index);
        return;
      }
      case 'approval': {
        await approval(this.#stage, event);
        return;
      }
      case 'killswitch': {
        await killSwitch(this.#stage, event);
        return;
      }
      case 'verify': {
        await verify(this.#stage, event);
        return;
      }
      case 'external':
        external(this.#stage, event);
        return;
      case 'crash': {
        await this.#crash();
        return;
      }
      case 'runner': {
        await runner(this.#stage, event);
        return;
      }
      default:
        this.#stage.say({ decision: 'ignore', reason: `unknown-event ${event.kind}` });
    }
  }

  /** A crash at its own time: whatever runs next is another process. */
  async #crash(): Promise<void> {
    const open = await this.#isUnderWay();
    this.#stage.app.kill();
    this.#stage.app = new App(this.#stage.world);
    this.#stage.isResumed = this.#stage.isResumed || open;
    this.#isDown = this.#timed.some(({ event, at }) => event.kind === 'restart' && at >= this.#stage.world.seconds());
  }

  async #isUnderWay(): Promise<boolean> {
    const { lane } = await new App(this.#stage.world).rows.load(edgeTarget(this.#stage.world.edge));
    return lane.activePlan !== undefined;
  }

  /** Plays what a scenario puts into the middle of something. */
  async #meanwhile(which: (event: ScenarioEvent) => boolean): Promise<void> {
    if (this.#stage.isNested) {
      return;
    }
    const steps = await stepsWritten(this.#stage);
    const due = this.#placed.filter(({ event }) => which(event) && (event.atStep ?? 0) <= steps);
    if (due.length === 0) {
      return;
    }
    this.#placed = this.#placed.filter((one) => !due.includes(one));
    this.#stage.isNested = true;
    try {
      for (const { event, index } of due) {
        if (event.kind === 'crash') {
          throw new Crash('as the scenario says');
        }
        await this.#event(event, index);
      }
    } finally {
      this.#stage.isNested = false;
    }
  }

  async #beforeWrite(): Promise<void> {
    if (this.#stage.isNested) {
      return;
    }
    await this.#meanwhile(({ when, after, kind }) => when !== undefined || (kind === 'crash' && isBeforeWrite(after)));
  }

  #afterWrite(): void {
    const count = this.#stage.world.arm.accepted.length;
    const crash = this.#placed.find(
      ({ event }) =>
        event.kind === 'crash' &&
        event.atStep === undefined &&
        (event.afterWrite ?? (isBeforeWrite(event.after) ? Infinity : 1)) <= count,
    );
    if (crash !== undefined && !this.#stage.isNested) {
      this.#placed = this.#placed.filter((one) => one !== crash);
      throw new Crash('as the scenario says');
    }
  }

  /** Events that wait for a step which has been written by now, and restarts after a crash. */
  async #placedNow(): Promise<void> {
    const steps = await stepsWritten(this.#stage);
    const due = this.#placed.filter(
      ({ event }) =>
        (event.atStep !== undefined && event.atStep <= steps) || (event.kind === 'restart' && this.#stage.isResumed),
    );
    this.#placed = this.#placed.filter((one) => !due.includes(one));
    for (const { event, index } of due) {
      await this.#event(event, index);
    }
  }
}

/** Crash points before the first call to the service: `plan`, `intent`, `lease`, `journal`. */
function isBeforeWrite(after: ScenarioEvent['after']): boolean {
  return typeof after === 'string' && !/write|patch|accept|lro|step/i.test(after);
}

/** Wakes for a region's health: recovery, hold and cooldown end with the scenario. */
function isTimer({ text }: QueuedMessage): boolean {
  return text.includes('"why":"health"');
}
