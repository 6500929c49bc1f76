import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryPullRequests } from '../../shared/adapters/in-memory/pull-requests.ts';
import { describePullRequests } from './pull-requests.ts';

describePullRequests({
  name: 'in memory',
  hasAutoMerge: true,
  create: (files) => {
    const clock = new VirtualClock();
    const repository = new InMemoryGitRepository({ clock, branch: 'main', files });
    const pulls = new InMemoryPullRequests(repository, clock);
    const later = async (act: () => void): Promise<void> => {
      await Promise.resolve();
      act();
    };
    return Promise.resolve({
      repository,
      pulls,
      close: (number) =>
        later(() => {
          pulls.close(number);
        }),
      reopen: (number) =>
        later(() => {
          pulls.reopen(number);
        }),
      merge: (number) =>
        later(() => {
          pulls.merge(number);
        }),
      dressed: (number) => Promise.resolve(pulls.dressingOf(number)),
    });
  },
});
