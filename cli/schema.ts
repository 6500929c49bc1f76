import { Command } from 'commander';

import { fleetJsonSchema } from '../shared/fleet/schema.ts';
import { terminal, type Output } from './output.ts';

/** `reflex schema` */
export function schemaCommand(output: Output = terminal): Command {
  return new Command('schema')
    .summary('print the JSON Schema of fleet files')
    .description('Prints the JSON Schema of fleet files, for editors (docs/fleet.schema.json is the same text).')
    .action(() => {
      output.out(JSON.stringify(fleetJsonSchema(), null, 2));
      output.exit(0);
    });
}
