import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'app-settings.json';

/** Leaves the app's settings for cells that are started by themselves; readable by their owner only. */
export async function writeAppSettings(data: string, settings: Readonly<Record<string, string>>): Promise<void> {
  await writeFile(join(data, NAME), JSON.stringify(settings, null, 2), { mode: 0o600 });
}

/** @throws Error if the stack was started with its own app, or not at all. */
export async function readAppSettings(data: string): Promise<Readonly<Record<string, string>>> {
  return JSON.parse(await readFile(join(data, NAME), 'utf8')) as Record<string, string>;
}
