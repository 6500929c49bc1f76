import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../shared/adapters/in-memory/git-repository.ts';
import { describeGitRepository } from './git-repository.ts';

describeGitRepository({
  name: 'in memory',
  lacks: [],
  create: (files) => {
    const repository = new InMemoryGitRepository({ clock: new VirtualClock(), branch: 'main', files });
    return Promise.resolve({
      repository,
      setStatus: (commit, status) => {
        repository.setStatus(commit, status);
        return Promise.resolve();
      },
    });
  },
});
