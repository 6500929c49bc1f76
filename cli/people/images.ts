import { Command } from 'commander';
import type * as z from 'zod';

import { ImageProgressList } from '../../shared/api/people/progress-schemas.ts';
import { printable, table } from '../output.ts';
import { imageCommands } from './image-commands.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';

/** `reflex images` */
export function imagesCommand(surroundings: Surroundings): Command {
  const command = new Command('images')
    .description('look at what images run in a stage, roll them back, hold them')
    .helpCommand(false);
  command.addCommand(listCommand(surroundings), { isDefault: true });
  imageCommands(surroundings).forEach((one) => command.addCommand(one));
  return command;
}

function listCommand(surroundings: Surroundings): Command {
  const { output } = surroundings;
  return withConnection(
    new Command('list')
      .summary('each image in each stage')
      .description(
        'Lists each image in each stage: tag, verdict, what is left of its soak, what waits, what is held, and what a verdict waits for.',
      ),
  )
    .argument('[image]', 'only images whose name contains this')
    .action(async (image: string | undefined, options: ConnectionOptions) => {
      await connected(surroundings, options, async (client) => {
        const answer = await client.get('progress', ImageProgressList);
        const progress = answer.progress.filter((one) => image === undefined || one.image.includes(image));
        const lines = options.json === true ? [JSON.stringify({ progress }, null, 2)] : listText(progress, image);
        lines.forEach((line) => output.out(line));
        return 0;
      });
    });
}

/** @param asked - the part of a name that was asked for */
function listText(images: z.infer<typeof ImageProgressList>['progress'], asked: string | undefined): readonly string[] {
  const rows = images.map(({ image, stage, tag, unsettled, verdict, reason, soakLeftMs, waiting, held }) => [
    printable(image),
    printable(stage),
    printable(tag ?? unsettled ?? ''),
    verdict,
    soakLeftMs === undefined ? '' : soakLeftMs === 0 ? 'over' : duration(soakLeftMs),
    printable(waiting.map((one) => `${one.tag} (${one.why})`).join(', ')),
    printable(held.map(({ tag, digest, cause }) => `${tag === '' ? digest.slice(0, 19) : tag} (${cause})`).join(', ')),
    // A version that is not known has nothing to be verified.
    verdict === 'pass' || unsettled !== undefined ? '' : printable(reason),
  ]);
  const head = ['IMAGE', 'STAGE', 'TAG', 'VERDICT', 'SOAK LEFT', 'WAITS', 'HELD', 'WHY NOT PASSED'];
  const none =
    asked === undefined ? 'the fleet has no images' : `no image of the fleet has ${printable(asked)} in its name`;
  return images.length === 0 ? [none] : table([head, ...rows]);
}

/** `1h 59m`, of milliseconds. */
function duration(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
