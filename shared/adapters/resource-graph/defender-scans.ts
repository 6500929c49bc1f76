import * as z from 'zod';

import { isDigest } from '../../domain/image/reference.ts';
import type { VulnerabilityFinding } from '../../domain/trust/judge-findings.ts';
import { UpstreamError } from '../../errors.ts';
import type { VulnerabilityScans } from '../../ports/trust-sources.ts';
import { refusalOf, type ArmReaderOptions } from '../arm-reader.ts';

/** https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources */
const API_VERSION = '2022-10-01';
const TIMEOUT_MS = 15_000;
/** The service's own page. https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data#paging-results */
const PAGE = 1_000;
const MAX_PAGES = 10;
/** Platforms of one index. */
const MAX_DIGESTS = 50;

/**
 * Keys of Defender's recommendations for registry images: the one that hangs findings below the registry, and the one
 * that judges each image by itself. https://learn.microsoft.com/azure/defender-for-cloud/subassessment-rest-api
 */
const FINDINGS_KEY = 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5';
const IMAGE_KEY = '33422d8f-ab1e-42be-bc9a-38685bb567b9';

const Row = z.object({
  digest: z.string(),
  /** `Unhealthy` counts; `Healthy` and `NotApplicable` (exempt) say only that there was a scan. */
  code: z.string().nullish(),
  cve: z.string().nullish(),
  severity: z.string().nullish(),
});
const Answer = z.object({
  data: z.array(Row),
  resultTruncated: z.union([z.enum(['true', 'false']), z.boolean()]).nullish(),
  $skipToken: z.string().nullish(),
});

/**
 * What Microsoft Defender found, by Azure Resource Graph.
 *
 * A clean image has no finding, so that it has been scanned is seen by any row about its digest: a finding that is
 * healthy or exempt, or the image's own assessment. No row at all is no result.
 */
export class DefenderScans implements VulnerabilityScans {
  readonly #options: ArmReaderOptions;
  readonly #url: URL;

  constructor(options: ArmReaderOptions) {
    this.#options = options;
    const origin = new URL(options.endpoint ?? 'https://management.azure.com').origin;
    this.#url = new URL(`/providers/Microsoft.ResourceGraph/resources?api-version=${API_VERSION}`, origin);
  }

  async findings(
    scope: string,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, readonly VulnerabilityFinding[]>> {
    const query = queryFor(digests);
    const found = new Map<string, VulnerabilityFinding[]>();
    const sick = new Set<string>();
    let skipToken: string | undefined;
    for (let page = 0; page === 0 || skipToken !== undefined; page += 1) {
      if (page === MAX_PAGES) {
        throw new UpstreamError('query Resource Graph: a result that does not end', 502);
      }
      const answer = await this.#ask({
        query,
        subscriptions: [scope],
        options: {
          resultFormat: 'objectArray',
          $top: PAGE,
          ...(skipToken === undefined ? {} : { $skipToken: skipToken }),
        },
      });
      for (const row of answer.data.filter(({ digest }) => digests.includes(digest))) {
        const findings = findingOf(row);
        const known = found.get(row.digest) ?? [];
        known.push(...findings);
        found.set(row.digest, known);
        if (isUnhealthy(row) && findings.length === 0) {
          sick.add(row.digest);
        }
      }
      skipToken = answer.$skipToken ?? undefined;
      if (skipToken === undefined && String(answer.resultTruncated) === 'true') {
        throw new UpstreamError('query Resource Graph: in part', 502);
      }
    }
    // Judged as a whole, and the findings that it was judged by are not there yet.
    return new Map([...found].filter(([digest, findings]) => findings.length > 0 || !sick.has(digest)));
  }

  async #ask(body: object): Promise<z.infer<typeof Answer>> {
    const operation = 'query Resource Graph';
    const { armToken, fetch = globalThis.fetch } = this.#options;
    let response: Response;
    let answered: unknown;
    try {
      const headers = { authorization: `Bearer ${await armToken()}`, 'content-type': 'application/json' };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const init = { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual' as const, signal };
      response = await fetch(new Request(this.#url, init));
      answered = response.status === 200 ? await response.json() : undefined;
    } catch (error) {
      throw new UpstreamError(operation, 0, { cause: error });
    }
    const { data } = Answer.safeParse(answered);
    if (data === undefined) {
      throw refusalOf(operation, response);
    }
    return data;
  }
}

function isUnhealthy({ code }: z.infer<typeof Row>): boolean {
  return (code ?? '').toLowerCase() === 'unhealthy';
}

/** The image's own assessment names no vulnerability. */
function findingOf(row: z.infer<typeof Row>): readonly VulnerabilityFinding[] {
  const { cve, severity } = row;
  return isUnhealthy(row) && (cve ?? '') !== '' ? [{ cve: cve ?? '', severity: severity ?? '' }] : [];
}

/**
 * The question about some digests. They become part of a query, so each must be one.
 * @throws RangeError otherwise.
 */
export function queryFor(digests: readonly string[]): string {
  if (digests.length === 0 || digests.length > MAX_DIGESTS || !digests.every(isDigest)) {
    throw new RangeError(`expected 1 to ${MAX_DIGESTS} digests`);
  }
  const list = digests.map((digest) => `'${digest}'`).join(', ');
  return `securityresources
| where (type =~ 'microsoft.security/assessments/subassessments' and id has '${FINDINGS_KEY}')
    or (type =~ 'microsoft.security/assessments' and name =~ '${IMAGE_KEY}')
| extend about = iff(type =~ 'microsoft.security/assessments',
    extract('sha256:[0-9a-f]{64}', 0, strcat(id, ' ', tostring(properties.resourceDetails), ' ', tostring(properties.additionalData))),
    tostring(properties.additionalData.artifactDetails.digest))
| where about in (${list})
| extend isFinding = type =~ 'microsoft.security/assessments/subassessments'
| project id, digest = about, code = tostring(properties.status.code),
    cve = iff(isFinding, coalesce(tostring(properties.additionalData.vulnerabilityDetails.cveId), tostring(properties.id), name), ''),
    severity = coalesce(tostring(properties.additionalData.vulnerabilityDetails.severity), tostring(properties.status.severity))
| order by id asc`;
}
