import { fileLog } from './file-log.ts';
import { readOptions } from './options.ts';
import { startStack } from './stack/stack.ts';
import { playFailover } from './tour/failover-tour.ts';
import { playTour } from './tour/tour.ts';

/** `npm start`: everything on this machine, the tour once, then up until Ctrl-C. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const say = (line: string): void => console.log(line);
  const log = fileLog(options.data);
  const began = performance.now();
  const stack = await startStack(options, log, say);
  say(`ready     after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  const stop = async (code: number): Promise<never> => {
    await stack.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('\nstopping');
      void stop(0);
    });
  }
  if (options.app && (options.tour || options.once)) {
    const [registry = ''] = Object.keys(stack.endpoints.registries);
    const [repository = ''] = Object.keys(stack.endpoints.github.repositories);
    const { endpoints } = stack;
    const [edge] = Object.keys(endpoints.edge.edges);
    const isPushed = await playTour({ endpoints, registry, repository, image: 'shop/web', say });
    const isShown = isPushed && (edge === undefined || (await playFailover({ endpoints, edge, say })));
    if (options.once) {
      await stop(isShown ? 0 : 1);
    }
    say('\nPush your own image to the registry above, or look: git clone the URL above. Ctrl-C stops.');
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exit(1);
}
