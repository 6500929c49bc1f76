import { UpstreamError } from '../../errors.ts';
import { gitObjectId } from '../../domain/git-object.ts';
import { inParallel } from '../in-parallel.ts';
import { readFromArchive } from './archive-reader.ts';
import type { GitHubClient } from './client.ts';
import { toReadError } from './errors.ts';
import { graphql } from './graphql.ts';

/** A hundred with each GraphQL query; one alone, and what GraphQL does not give byte for byte, comes by REST. */
const QUERY_SIZE = 100;
/** Requests at once, far from GitHub's 100 (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
const WIDTH = 8;

interface BlobAnswer {
  readonly text: string | null;
  readonly isTruncated: boolean;
}

interface ReadBlobsOptions {
  /** False for a host that has REST only. */
  readonly byGraphql: boolean;
  /** One that holds most of the contents. */
  readonly commit: string | undefined;
}

/** Contents by object id. */
export async function readBlobs(
  client: GitHubClient,
  oids: readonly string[],
  { byGraphql, commit }: ReadBlobsOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const all = [...new Set(oids)];
  const found = new Map(commit === undefined ? [] : await readFromArchive(client, commit, all));
  const wanted = all.filter((oid) => !found.has(oid));
  if (byGraphql && wanted.length > 1) {
    const batches = Array.from({ length: Math.ceil(wanted.length / QUERY_SIZE) }, (_, index) =>
      wanted.slice(index * QUERY_SIZE, (index + 1) * QUERY_SIZE),
    );
    for (const texts of await inParallel(batches, WIDTH, (batch) => queryTexts(client, batch))) {
      texts.forEach((bytes, oid) => found.set(oid, bytes));
    }
  }
  const rest = wanted.filter((oid) => !found.has(oid));
  const contents = await inParallel(rest, WIDTH, (oid) => readBlob(client, oid));
  rest.forEach((oid, index) => found.set(oid, contents[index] ?? new Uint8Array()));
  return new Map(all.map((oid) => [oid, found.get(oid) ?? new Uint8Array()]));
}

/** Texts that GitHub gives byte for byte; binary, truncated and missing ones are left out. */
async function queryTexts(client: GitHubClient, oids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const fields = oids.map((oid, index) => `b${index}: object(oid: "${oid}") { ... on Blob { text isTruncated } }`);
  const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(' ')} } }`;
  const variables = { owner: client.owner, repo: client.repo };
  const operation = 'read blobs';
  try {
    const { data } = await graphql<{ repository: Record<string, BlobAnswer | null> | null }>(client, {
      octokit: client.reader,
      operation,
      query,
      variables,
    });
    return exactTexts(oids, data?.repository ?? {});
  } catch (error) {
    throw toReadError(operation, error, client.clock);
  }
}

function exactTexts(
  oids: readonly string[],
  answers: Readonly<Record<string, Partial<BlobAnswer> | null>>,
): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  oids.forEach((oid, index) => {
    const { text, isTruncated } = answers[`b${index}`] ?? {};
    const bytes = typeof text === 'string' && isTruncated === false ? Buffer.from(text, 'utf8') : undefined;
    // `text` is decoded: of a file in another encoding it is not the bytes, and the object id tells.
    if (bytes !== undefined && gitObjectId('blob', bytes) === oid) {
      found.set(oid, new Uint8Array(bytes));
    }
  });
  return found;
}

/** In base64, because Octokit decodes the raw form as text. */
async function readBlob(client: GitHubClient, oid: string): Promise<Uint8Array> {
  const operation = 'read blob';
  try {
    const { data } = await client.reader.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
      owner: client.owner,
      repo: client.repo,
      file_sha: oid,
    });
    if (data.encoding !== 'base64') {
      throw new UpstreamError(operation, 0);
    }
    return new Uint8Array(Buffer.from(data.content, 'base64'));
  } catch (error) {
    throw toReadError(operation, error, client.clock);
  }
}
