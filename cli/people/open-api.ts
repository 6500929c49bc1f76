import { Command } from 'commander';

import { terminal, type Output } from '../output.ts';

/** `reflex openapi` */
export function openApiCommand(output: Output = terminal): Command {
  return new Command('openapi')
    .summary('print the OpenAPI description of the HTTP API')
    .description('Prints the OpenAPI 3.1 description of people\u2019s HTTP API (docs/openapi.json is the same text).')
    .action(async () => {
      const { openApiDocument } = await import('../../shared/api/people/routes.ts');
      output.out(JSON.stringify(openApiDocument(), null, 2));
      output.exit(0);
    });
}
