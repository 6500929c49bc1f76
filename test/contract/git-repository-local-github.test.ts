import { createGitHubClient, type GitHubClient } from '../../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../../shared/adapters/octokit/git-repository.ts';
import type { FileChange } from '../../shared/ports/git-repository.ts';
import { AS_PERSON, HostedGitHub } from './hosted-github.ts';
import { describeGitRepository, type GitUnderTest } from './git-repository.ts';

const hosted = new HostedGitHub();

async function open(files: readonly FileChange[]): Promise<GitHubClient> {
  const { repo, seeded } = await hosted.create();
  const changes = await Promise.all(
    files.map(async ({ path, mode, content }) => ({ path, mode, sha: await seeded.writeBlob(content) })),
  );
  const tree = await seeded.writeTree(undefined, changes);
  const commit = await seeded.writeCommit({ tree, parents: [], message: 'chore: seed\n' });
  await seeded.moveBranch('main', commit, await seeded.headOf('main'));
  return createGitHubClient({ ...hosted.options(repo), auth: AS_PERSON });
}

function createBy(api: 'auto' | 'rest'): (files: readonly FileChange[]) => Promise<GitUnderTest> {
  return async (files) => {
    const client = await open(files);
    const { owner, repo, writer } = client;
    return {
      repository: new GitHubRepository(client, { api }),
      setStatus: async (sha, { context, state, description }) => {
        const status = { owner, repo, sha, context, state, description };
        await writer.request('POST /repos/{owner}/{repo}/statuses/{sha}', status);
      },
    };
  };
}

describeGitRepository({ name: 'local GitHub by GraphQL', lacks: [], create: createBy('auto') });
describeGitRepository({ name: 'local GitHub by REST', lacks: [], create: createBy('rest') });
