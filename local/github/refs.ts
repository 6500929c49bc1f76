import { failure, json } from './answer.ts';
import type { ApiCall } from './api-call.ts';
import { HeadMoved, type Repository } from './repository.ts';

/** `POST /git/refs` for a branch that does not exist yet. */
export async function createRef(repository: Repository, { request }: ApiCall): Promise<Response> {
  const { ref = '', sha = '' } = (await request.json()) as { ref?: string; sha?: string };
  if (!ref.startsWith('refs/heads/') || (await repository.typeOf(sha)) !== 'commit') {
    return failure(422, 'Object does not exist');
  }
  try {
    await repository.moveBranch(ref.slice('refs/heads/'.length), sha, undefined);
  } catch (error) {
    if (error instanceof HeadMoved) {
      return failure(422, 'Reference already exists');
    }
    throw error;
  }
  return json(201, { ref, object: { type: 'commit', sha } });
}

/** `GET /git/matching-refs/heads/{prefix}` */
export async function matchingRefs(
  repository: Repository,
  _call: ApiCall,
  [prefix = '']: readonly string[],
): Promise<Response> {
  const found = await repository.branchesFrom(prefix);
  return json(
    200,
    found.map(({ ref, sha }) => ({ ref, object: { type: 'commit', sha } })),
  );
}
