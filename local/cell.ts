import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { Command } from 'commander';

import { SystemClock } from '../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../shared/adapters/node/system-random.ts';
import { fileLog } from './file-log.ts';
import { startFunctionsApp } from './stack/functions-app.ts';
import { readAppSettings } from './stack/app-settings.ts';

/**
 * The app alone, against a stack that was started with `--no-app`: one of several cells on the same storage, each in a
 * process of its own that can be killed and started again.
 */
async function main(argv: readonly string[]): Promise<void> {
  const { stack, data } = new Command('node local/cell.ts')
    .description('Runs the app alone against a stack that was started with --no-app.')
    .requiredOption('--stack <dir>', 'data directory of that stack')
    .requiredOption('--data <dir>', 'where this cell keeps its own state')
    .parse([...argv], { from: 'user' })
    .opts<{ readonly stack: string; readonly data: string }>();
  await mkdir(data, { recursive: true });
  const settings = await readAppSettings(stack);
  const stops: (() => Promise<void> | void)[] = [];
  const site = {
    data: resolve(data),
    clock: new SystemClock(),
    random: new SystemRandom(),
    log: fileLog(data),
    say: () => undefined,
    port: () => 0,
    onStop: (stop: () => Promise<void> | void) => void stops.push(stop),
  };
  const { url, keys } = await startFunctionsApp(site, (hostUrl) => ({
    ...settings,
    REFLEX_RECORD_URL: `${hostUrl}/api/records`,
  }));
  process.once('SIGTERM', () => {
    void (async () => {
      for (const stop of stops.toReversed()) {
        await stop();
      }
      process.exit(0);
    })();
  });
  const file = join(data, 'cell.json');
  await writeFile(`${file}.new`, JSON.stringify({ url, masterKey: keys.master }), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

await main(process.argv.slice(2));
