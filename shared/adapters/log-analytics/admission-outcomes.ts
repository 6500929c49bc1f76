import { isDigest } from '../../domain/image/reference.ts';
import type { AdmissionQuery } from '../../domain/trust/gates.ts';
import { UpstreamError } from '../../errors.ts';
import type { AdmissionOutcomes } from '../../ports/trust-sources.ts';
import { askLogs, type LogAccess } from './ask-logs.ts';

/** A signature that was checked at an admission in the last two weeks is one that clusters would take now. */
const TIMESPAN = 'P14D';

/** AdmissionOutcomes from the logs of the clusters' admission checks (Ratify, Gatekeeper, AKS image integrity). */
export class LogAnalyticsAdmission implements AdmissionOutcomes {
  readonly #access: LogAccess;

  constructor(access: LogAccess) {
    this.#access = access;
  }

  async isVerified({ workspace, query }: AdmissionQuery, digest: string): Promise<boolean | undefined> {
    if (!isDigest(digest)) {
      throw new RangeError('no digest');
    }
    const operation = 'query admission checks';
    const asked = `${query}\n| where tostring(digest) == '${digest}'\n| project digest, verified`;
    const table = await askLogs(this.#access, { operation, workspace, query: asked, timespan: TIMESPAN });
    const column = table.columns.findIndex(({ name }) => name === 'verified');
    if (column < 0) {
      throw new UpstreamError(`${operation}: expected columns digest and verified`, 502);
    }
    const said = table.rows.map((row) => row[column]);
    // One cluster that refuses it is enough: their policies differ, and the strictest knows most.
    return said.length === 0 ? undefined : said.every((verified) => verified === true || verified === 1);
  }
}
