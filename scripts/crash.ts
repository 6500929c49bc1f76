import { Command } from 'commander';

import { censusOfMoments, dieAt, isSound, pickMoments, type Aftermath } from '../test/e2e/crash-moment.ts';
import { toCount } from './to-count.ts';

const AT_A_TIME = 3;

/**
 * Kills app and doubles at moments chosen by seed, restarts, redelivers, and prints what stood there in the end.
 * Ends with 1 if one push did not end as one commit and one record in a whole chain.
 */
async function main(): Promise<void> {
  const values = new Command('npm run crash --')
    .description('Kills the app at moments chosen by seed, restarts it, and says what one push has come to. 1: broken.')
    .option('--moments <count>', 'how many', toCount, 50)
    .option('--seed <number>', 'chooses them', toCount, 1)
    .option('--at <moment>', 'this one alone, as it was printed: git.commit:after:1')
    .parse()
    .opts<{ moments: number; seed: number; at?: string }>();
  const all = await censusOfMoments();
  const picked = values.at === undefined ? pickMoments(all, values.moments, values.seed) : [values.at];
  console.log(`${picked.length} of ${all.length} moments, seed ${values.seed}`);
  console.log(['MOMENT'.padEnd(32), 'REACHED', 'COMMITS', 'RECORDS', 'CHAIN'].join('  '));
  const after: Aftermath[] = [];
  for (let at = 0; at < picked.length; at += AT_A_TIME) {
    for (const one of await Promise.all(picked.slice(at, at + AT_A_TIME).map(dieAt))) {
      after.push(one);
      console.log(rowOf(one));
    }
  }
  const broken = after.filter((one) => !isSound(one));
  broken.forEach(({ point }) => console.log(`again: npm run crash -- --at ${point}`));
  const reached = after.filter((one) => one.reached).length;
  console.log(`${reached} reached, ${after.length - broken.length} sound, ${broken.length} broken`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

function rowOf({ point, reached, commits, acted, fault }: Aftermath): string {
  const cells = [reached ? 'yes' : 'no', String(commits), String(acted)].map((cell) => cell.padEnd(7));
  return [point.padEnd(32), ...cells, fault ?? 'whole'].join('  ');
}

await main();
