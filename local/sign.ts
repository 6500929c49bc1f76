import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { Command, Option } from 'commander';

import { readEndpoints } from './endpoints.ts';
import { pushImage } from './registry/client.ts';
import { imageDigest, type RegistryClient } from './registry/push.ts';
import { signByReferrer, signByTag } from './registry/sign.ts';

const EXAMPLES = `
Examples:
  npx node local/sign.ts --push shop/web:1.6.0                            push a small image, unsigned
  npx node local/sign.ts --key cosign.key shop/web:1.6.0                  sign it as cosign does today
  npx node local/sign.ts --key cosign.key --by tag shop/web:1.6.0         sign it as cosign did before
  npx node local/sign.ts --push --key cosign.key --tamper shop/web:1.6.1  a signature that was changed afterwards

A key is any private key in PEM: openssl ecparam -name prime256v1 -genkey -noout -out cosign.key`;

interface Options {
  readonly data: string;
  readonly key?: string;
  readonly push: boolean;
  readonly by: 'referrer' | 'tag';
  readonly tamper: boolean;
}

/** Pushes and signs images in the registry of a running stack, where no OCI client is at hand. */
async function main(): Promise<void> {
  const program = new Command('node local/sign.ts')
    .description('Pushes and signs an image in the registry of the local stack.')
    .argument('<image>', 'REPOSITORY:TAG')
    .option('--data <dir>', "the stack's own", '.reflex')
    .option('--key <file>', 'private key in PEM; without it nothing is signed')
    .option('--push', 'push a small image first', false)
    .option('--tamper', 'change what was signed afterwards', false)
    .addOption(new Option('--by <how>', 'where the signature lies').choices(['referrer', 'tag']).default('referrer'))
    .addHelpText('after', EXAMPLES)
    .parse();
  const { data, key, push, by, tamper } = program.opts<Options>();
  const [repository = '', tag = ''] = (program.args[0] ?? '').split(':');
  const endpoints = await readEndpoints(resolve(data));
  const [registry] = Object.values(endpoints?.registries ?? {});
  if (registry === undefined) {
    return program.error(`no stack runs on ${data}`, { exitCode: 2 });
  }
  if (tag === '') {
    return program.error('expected REPOSITORY:TAG', { exitCode: 2 });
  }
  const client: RegistryClient = { ...registry, fetch };
  const digest = push ? await pushImage({ ...client, repository, tag }) : await imageDigest(client, repository, tag);
  console.log(`${repository}:${tag} ${digest}`);
  if (key !== undefined) {
    const privateKey = createPrivateKey(await readFile(key));
    const sign = by === 'tag' ? signByTag : signByReferrer;
    console.log(`signed: ${await sign(client, { repository, digest }, privateKey, { tamper })}`);
  }
}

await main();
