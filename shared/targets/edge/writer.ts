import type { EdgeTwin } from '../../domain/traffic/twin.ts';
import type { FleetOrigin } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeControl } from '../../ports/edge-control.ts';
import type { GateDocuments } from '../../ports/gate-documents.ts';

/** An edge with what it takes to write it. */
export interface EdgeWriter {
  /** ARM id of the origin group or profile. */
  readonly edge: string;
  readonly twin?: EdgeTwin;
  readonly control: EdgeControl;
  readonly clock: Clock;
  readonly gates?: GateDocuments;
  /** Origins of the edge, all of which have gates where one has. */
  readonly origins: readonly FleetOrigin[];
}
