import { isWhole, playBurst, type Burst } from '../test/e2e/image-burst.ts';

/** The same burst without and with a kill of the app in the middle: what the restart costs is the difference. */
export async function benchBurst(burst: Omit<Burst, 'kill'>): Promise<void> {
  console.log(
    `${burst.pushes} pushes of ${burst.images} images, ${burst.seconds} s, each told of three times, in no order, local stack`,
  );
  for (const kill of [false, true]) {
    const outcome = await playBurst({ ...burst, kill });
    const { took, settled, drained, commits, missing, twice, contentAMinute, fault } = outcome;
    console.log(
      [
        `${kill ? 'kill -9 in the middle' : 'undisturbed'}: pushed in ${took.toFixed(0)} s, all in Git ${settled.toFixed(0)} s later, the queue empty ${drained.toFixed(0)} s later`,
        `  ${commits} commits, lost ${missing.length}, twice ${twice.length}, chain ${fault ?? 'whole'}`,
        `  at most ${contentAMinute} content-creating requests in a minute`,
      ].join('\n'),
    );
    if (!isWhole(outcome)) {
      process.exitCode = 1;
    }
  }
}
