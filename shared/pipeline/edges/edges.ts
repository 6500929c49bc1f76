import type { GivenCommand } from '../../commands/edge-command.ts';
import type { Fleet, FleetEdge } from '../../fleet/model.ts';
import type { Report } from '../../reactions/region-failover/index.ts';
import { ahead } from './ahead.ts';
import type { CommandOutcome } from './command-outcome.ts';
import { endDrills } from './drills.ts';
import { handleCommand } from './handle-command.ts';
import { handleReport, type Reported } from './handle-report.ts';
import { followEdge } from './follow-edge.ts';
import { knownEdge, knownFleet, type KnownFleetTools } from './known-fleet.ts';
import { driveEdge, type EdgeTools } from './look.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import { burdenKey, EDGES, edgeTarget, namedPart, NOT_IN_FLEET, type ObservedEdge } from '../../targets/edge/index.ts';
import type { WakeReason } from '../envelope.ts';
import { reportsOf, type Alert } from './scope.ts';

type Measure = (edge: FleetEdge) => Promise<readonly Measurement[]>;

/** Edges of a tick that are measured at a time: each asks about ten sources, and none of those longer than 10 s. */
const MEASURED_AT_ONCE = 20;

/** A measurement that somebody else took, as it lies on the queue. */
export type Measurement = Extract<Report, { kind: 'measurement' }>;

/** Everything that reaches the edges: alerts, measurements, commands, wakes, the clock. */
export class Edges {
  readonly #tools: EdgeTools;
  readonly #fleet: () => Promise<Fleet>;

  constructor(tools: EdgeTools, fleet: () => Promise<Fleet>) {
    this.#tools = tools;
    this.#fleet = fleet;
  }

  /**
   * Takes an alert for every edge that it is about, in the order of their priority. One that fails does not keep the
   * others from hearing it.
   */
  async alert(alert: Alert, signal: string): Promise<readonly Reported[]> {
    const answers: Reported[] = [];
    const failures: unknown[] = [];
    await this.#weighAll();
    for (const { edge, report } of reportsOf(alert, await this.#fleet())) {
      try {
        answers.push(...(await this.#report(edge.id, () => Promise.resolve(report), signal)));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw failures[0];
    }
    return answers;
  }

  /** @returns undefined if the fleet does not name the edge. */
  async measurement(edge: string, measurement: Measurement, signal: string): Promise<Reported | undefined> {
    const found = await this.find(edge);
    const told = found === undefined ? [] : await this.#report(found.id, () => Promise.resolve(measurement), signal);
    return told[0];
  }

  /** @returns undefined if the fleet does not name the edge. */
  async command(given: GivenCommand): Promise<CommandOutcome | undefined> {
    const found = await this.find(given.asked.edge);
    const edge = found === undefined ? undefined : await this.#follow(found.id);
    return edge === undefined ? undefined : await handleCommand(edge, given, this.#tools);
  }

  /**
   * Looks at one edge, by its ARM id: the clock's report, then the loop. It is not measured again only because a plan goes
   * on: that may be every 5 s, and what the sources tell changes by the minute.
   */
  async look(key: string, why?: WakeReason): Promise<Reported | undefined> {
    return await this.#look(key, async (edge) => (why === 'plan' ? [] : await this.#measure(edge)));
  }

  async #look(key: string, measure: Measure): Promise<Reported | undefined> {
    const found = await this.find(key);
    if (found === undefined) {
      return undefined;
    }
    const ticked = async (edge: FleetEdge): Promise<Report> => {
      await endDrills(edge, this.#tools);
      return { kind: 'tick', measurements: await measure(edge) };
    };
    return (await this.#report(found.id, ticked, undefined))[0];
  }

  /** Takes a report, once it is written down what of the edge has left the fleet or come back. */
  async #report(
    id: string,
    reportOn: (edge: FleetEdge) => Promise<Report>,
    signal: string | undefined,
  ): Promise<readonly Reported[]> {
    const edge = await this.#follow(id);
    if (edge === undefined) {
      return [];
    }
    if (edge.removed?.isWhole !== true) {
      const named = namedPart(edge);
      return [await handleReport(named, await reportOn(named), signal, this.#tools)];
    }
    // Nothing new is wanted of it: only what is open is driven to its end.
    const trouble = await driveEdge(edge, new TargetRows(this.#tools.rows), this.#tools);
    if (trouble === undefined) {
      await this.#follow(id, true);
    }
    return [{ edge: id, decision: 'hold', reason: NOT_IN_FLEET, verdicts: [] }];
  }

  async #follow(id: string, isLooked = false): Promise<FleetEdge | undefined> {
    const { isWritable = () => true } = this.#tools;
    return await followEdge(id, { tools: this.#tools, fleet: this.#fleet, isWritable, isLooked });
  }

  get #followed(): KnownFleetTools {
    const { rows, clock, isWritable } = this.#tools;
    return { rows, clock, fleet: this.#fleet, ...(isWritable === undefined ? {} : { isWritable }) };
  }

  /**
   * Looks at every edge, in the order of their priority; one that fails does not keep the others from being looked at. They
   * are measured ahead, side by side: where a region hangs, each of its edges takes as long as a source may.
   */
  async tick(): Promise<{ readonly isWell: boolean }> {
    let isWell = true;
    const failed = (message: string, error: unknown, edge = {}): void => {
      isWell = false;
      this.#tools.log.error(message, { ...edge, reason: error instanceof Error ? error.message : String(error) });
    };
    const fleet = await knownFleet(this.#followed).catch(async (error: unknown) => {
      failed('what has left the fleet is not known', error);
      return await this.#fleet();
    });
    const sorted = fleet.edges.toSorted((a, b) => a.priority - b.priority);
    const named = sorted.filter(({ removed }) => removed?.isWhole !== true);
    const measured = ahead(named, MEASURED_AT_ONCE, async (edge) => await this.#measure(namedPart(edge)));
    for (const edge of sorted) {
      const { id } = edge;
      try {
        await this.#look(id, async (one) => await (measured[named.indexOf(edge)] ?? this.#measure(one)));
      } catch (error) {
        failed('tick failed for one edge', error, { edge: id });
      }
    }
    return { isWell };
  }

  /** Edges that nobody has looked at yet press on the same clusters: they are looked at before traffic is moved there. */
  async #weighAll(): Promise<void> {
    const { edges } = await this.#fleet();
    const known = new Set((await this.#tools.rows.list(EDGES, 'burden|')).map(({ rowKey }) => rowKey));
    for (const { id } of edges.length < 2 ? [] : edges.filter((edge) => !known.has(burdenKey(edge.id)))) {
      await this.look(id);
    }
  }

  /** What the edge's own measurements say of its regions; nothing while they cannot be had. */
  async #measure(edge: FleetEdge): Promise<readonly Measurement[]> {
    const { measure } = this.#tools;
    try {
      return (await measure?.(edge)) ?? [];
    } catch (error) {
      this.#tools.log.warn('an edge was not measured', {
        edge: edge.id,
        reason: error instanceof Error ? error.message : String(error),
      });
      return [];
    }
  }

  /** An edge as the loop would see it now. */
  async observe(edge: FleetEdge): Promise<ObservedEdge> {
    const target = edgeTarget(edge);
    const { lane } = await new TargetRows(this.#tools.rows).load(target);
    const none = { acting: [], leaving: [], journal: [], others: { intents: [], fields: [] }, isUndoing: false };
    return await this.#tools.edges.observe(target, { ...none, fields: lane.fields, now: this.#tools.clock.now() });
  }

  /** An edge by its name or ARM id: of those that the fleet names, or of those that have left it and are followed. */
  async find(name: string): Promise<FleetEdge | undefined> {
    const wanted = name.toLowerCase();
    return wanted.startsWith('/')
      ? await knownEdge(wanted, this.#followed)
      : (await knownFleet(this.#followed)).edges.find((edge) => edge.name.toLowerCase() === wanted);
  }
}
