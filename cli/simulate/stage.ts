import type { EdgeDecision } from '../../shared/domain/traffic/answers.ts';
import { RowConflictError, StorageUnavailableError } from '../../shared/errors.ts';
import { App, Crash } from './app.ts';
import type { Scenario } from './scenario.ts';
import { World } from './world.ts';

/** What an event was answered with. */
export interface Answer {
  readonly decision: EdgeDecision;
  readonly reason: string;
}

/** Redelivery of a message whose handling failed, and how often. */
const REDELIVER_MS = 30_000;
const MAX_DELIVERIES = 5;

/** Why an event has changed nothing. */
const UNHEARD =
  /^(caused-by-user|closed-incident|out-of-scope|says-nothing|severity|stale|unknown-(region|event|action)|unreadable)\b/;

/** A world, the process that runs on it now, and the answer that stands. */
export class Stage {
  readonly world: World;
  app: App;
  answer: Answer | undefined;
  /** True if a process died while a plan was under way, and another went on with it. */
  isResumed = false;
  /** True while something happens in the middle of something else: the clock is being run already. */
  isNested = false;
  /** Called when a process has died. */
  onDeath: () => void = () => undefined;
  readonly #deliveries = new Map<string, number>();

  constructor(scenario: Scenario) {
    this.world = new World(scenario);
    this.app = new App(this.world);
  }

  /** An answer replaces the former one unless it says that nothing was to be done, or that nobody was meant. */
  say(answer: Answer): void {
    const isNothing = answer.decision === 'noop' || (answer.decision === 'ignore' && UNHEARD.test(answer.reason));
    if (!isNothing || this.answer === undefined) {
      this.answer = { decision: answer.decision, reason: answer.reason };
    }
  }

  async report(take: (app: App) => Promise<Answer | undefined>): Promise<void> {
    await this.attempt(undefined, async () => {
      const answer = await take(this.app);
      this.say(answer ?? { decision: 'ignore', reason: 'out-of-scope' });
    });
  }

  /** Runs one delivery; what fails is delivered again later, as the queue would. */
  async attempt(text: string | undefined, work: () => Promise<void>): Promise<void> {
    const { clock, queue } = this.world;
    try {
      await (this.isNested ? work() : clock.run(work()));
    } catch (error) {
      if (error instanceof Crash) {
        this.die();
      } else if (error instanceof StorageUnavailableError) {
        this.say({ decision: 'retry', reason: 'storage-unavailable' });
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

  /** The process dies and another stands by. */
  die(): void {
    this.app.kill();
    this.isResumed = true;
    this.app = new App(this.world);
    this.onDeath();
  }
}
