import { Command } from 'commander';

import type { Surroundings } from './connection.ts';
import { imageCommands } from './image-commands.ts';

/** `reflex images` */
export function imagesCommand(surroundings: Surroundings): Command {
  const command = new Command('images')
    .description('look at what images run in a stage, roll them back, hold them')
    .helpCommand(false);
  imageCommands(surroundings).forEach((one) => command.addCommand(one));
  return command;
}
