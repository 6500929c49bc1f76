import { Command } from 'commander';

/** `npm run bench -- NAME`: prints numbers; docs/benchmarks.md keeps those of one machine. */
const program = new Command('npm run bench --').description(
  'Measurements; every claim in docs/benchmarks.md comes from one of these.',
);
program
  .command('push')
  .description('image push to commit on the local stack, one after another, with 0 and with 150 ms per Git host call')
  .option('--pushes <n>', 'pushes for each latency', '100')
  .action(async ({ pushes }: { pushes: string }) => {
    const { benchPush } = await import('./push.ts');
    await benchPush(Number(pushes));
  });
program
  .command('startup')
  .description('spawn to all functions registered: bundled app, empty function, unbundled sources')
  .action(async () => {
    const { benchStartup } = await import('./startup.ts');
    await benchStartup();
  });
await program.parseAsync();
