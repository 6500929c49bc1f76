import { Command } from 'commander';

/** `npm run bench -- NAME`: prints numbers; docs/benchmarks.md keeps those of one machine. */
const program = new Command('npm run bench --').description(
  'Measurements; every claim in docs/benchmarks.md comes from one of these.',
);
program
  .command('push')
  .description('image push to commit on the local stack, one after another, with 0 and with 150 ms per Git host call')
  .option('--pushes <n>', 'pushes for each latency', '30')
  .option('--pause <seconds>', 'between a commit and the next push', '18')
  .action(async ({ pushes, pause }: Readonly<Record<'pushes' | 'pause', string>>) => {
    const { benchPush } = await import('./push.ts');
    await benchPush({ pushes: Number(pushes), pause: Number(pause) });
  });
program
  .command('failover')
  .description(
    'alert to the first write, and to the last request of the lost region with a gate and without (some 5 minutes)',
  )
  .option('--drains <n>', 'drains whose first write is timed', '20')
  .option('--pairs <n>', 'edges with a gate, and as many without, that are timed until the effect', '3')
  .option('--front-door-write <seconds>', "how long Front Door's operations take", '10')
  .option('--front-door-propagation <seconds>', 'until a write shows at the edge', '60')
  .action(async (given: Readonly<Record<string, string>>) => {
    const { benchFailover } = await import('./failover.ts');
    await benchFailover({
      drains: Number(given['drains']),
      pairs: Number(given['pairs']),
      frontDoorWrite: Number(given['frontDoorWrite']),
      frontDoorPropagation: Number(given['frontDoorPropagation']),
    });
  });
program
  .command('startup')
  .description('spawn to all functions registered: bundled app, empty function, unbundled sources')
  .action(async () => {
    const { benchStartup } = await import('./startup.ts');
    await benchStartup();
  });
program
  .command('edits')
  .description('byte-exact share and time of image edits, against re-printing by the yaml package')
  .option('--rounds <n>', 'rounds for each case', '50')
  .action(async ({ rounds }: { rounds: string }) => {
    const { benchEdits } = await import('./edits.ts');
    benchEdits(Number(rounds));
  });
program
  .command('tree')
  .description('a look at a tree of many files: without an index, with it, and a clone of the same')
  .option('--files <n>', 'files in the tree', '10000')
  .action(async ({ files }: { files: string }) => {
    const { benchTree } = await import('./tree.ts');
    await benchTree(Number(files));
  });
program
  .command('tags')
  .description('choose from a million tags by each kind of policy, beside re2js alone')
  .option('--tags <n>', 'tags to choose from', '1000000')
  .action(async ({ tags }: { tags: string }) => {
    const { benchTags } = await import('./tags.ts');
    benchTags({ tags: Number(tags) });
  });
program
  .command('commit')
  .description('one tag to a commit in repositories of several sizes, against clone, edit and push by git')
  .option('--sizes <list>', 'MB, by commas', '10,200,1000')
  .action(async ({ sizes }: { sizes: string }) => {
    const { benchCommit } = await import('./commit.ts');
    await benchCommit(sizes.split(',').map(Number));
  });
program
  .command('image')
  .description('all about images in one run: edits, tags, tree, commit and push')
  .option('--tags <n>', 'tags to choose from', '1000000')
  .option('--files <n>', 'files in the tree', '10000')
  .option('--sizes <list>', 'repositories that are cloned, in MB, by commas', '10,200,1000')
  .option('--pushes <n>', 'pushes for each latency', '10')
  .option('--rounds <n>', 'rounds for each edit', '20')
  .action(async (given: Readonly<Record<'tags' | 'files' | 'sizes' | 'pushes' | 'rounds', string>>) => {
    const { benchImage } = await import('./image.ts');
    await benchImage({
      tags: Number(given.tags),
      files: Number(given.files),
      sizes: given.sizes.split(',').map(Number),
      pushes: Number(given.pushes),
      rounds: Number(given.rounds),
    });
  });
program
  .command('burst')
  .description('a burst of image pushes on the local stack, without and with a kill -9 of the app in the middle')
  .option('--pushes <n>', 'pushes', '1000')
  .option('--seconds <n>', 'in which they come', '60')
  .option('--images <n>', 'images that they are of', '40')
  .option('--seed <n>', 'of the order', '1')
  .action(async (given: Readonly<Record<'pushes' | 'seconds' | 'images' | 'seed', string>>) => {
    const { benchBurst } = await import('./burst.ts');
    const { pushes, seconds, images, seed } = given;
    await benchBurst({ pushes: Number(pushes), seconds: Number(seconds), images: Number(images), seed: Number(seed) });
  });
await program.parseAsync();
