import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { Command, Option } from 'commander';

import { readEndpoints } from './endpoints.ts';
import { pushImage } from './registry/client.ts';
import { imageDigest, type RegistryClient } from './registry/push.ts';
import { ISSUER, LocalSigstore } from './registry/local-sigstore.ts';
import { attach, BUNDLE, pushSimpleSigning, signByReferrer, signByTag, type ImageToSign } from './registry/sign.ts';
import { trustSigstore } from './registry/sigstore-root.ts';

const EXAMPLES = `
Examples:
  npx node local/sign.ts --push shop/web:1.6.0                            push a small image, unsigned
  npx node local/sign.ts --key cosign.key shop/web:1.6.0                  sign it as cosign does today
  npx node local/sign.ts --key cosign.key --by tag shop/web:1.6.0         sign it as cosign did before
  npx node local/sign.ts --push --key cosign.key --tamper shop/web:1.6.1  a signature that was changed afterwards
  npx node local/sign.ts --push --keyless me@contoso.com shop/web:1.6.2   sign it by a certificate for an identity

A key is any private key in PEM: openssl ecparam -name prime256v1 -genkey -noout -out cosign.key
The issuer of identities is ${ISSUER}. Whoever
signs without a key is trusted by the stack from then on: DIR/sigstore-root.json.`;

interface Options {
  readonly data: string;
  readonly key?: string;
  readonly keyless?: string;
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
    .addOption(new Option('--key <file>', 'sign by a private key in PEM').conflicts('keyless'))
    .option('--keyless <identity>', 'sign by a certificate for this mail address or URL')
    .option('--push', 'push a small image first', false)
    .option('--tamper', 'change what was signed afterwards', false)
    .addOption(new Option('--by <how>', 'where the signature lies').choices(['referrer', 'tag']).default('referrer'))
    .addHelpText('after', EXAMPLES)
    .parse();
  const { data, key, keyless, push, by, tamper } = program.opts<Options>();
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
  if (keyless !== undefined) {
    const signed = await signKeyless(
      client,
      { repository, digest },
      { identity: keyless, by, tamper, data: resolve(data) },
    );
    console.log(`signed: ${signed}`);
  }
}

/** By a certificate of a Sigstore of its own, which the stack trusts from then on. @returns what was pushed. */
async function signKeyless(
  client: RegistryClient,
  image: ImageToSign,
  { identity, by, tamper, data }: Pick<Options, 'by' | 'tamper' | 'data'> & { readonly identity: string },
): Promise<string> {
  const sigstore = await LocalSigstore.create();
  await trustSigstore(data, sigstore.trustedRoot);
  if (by === 'tag') {
    return await pushSimpleSigning(client, image, await sigstore.simpleSigning(image, { identity, tamper }));
  }
  const { bytes } = await sigstore.bundle(image, { identity, tamper });
  return await attach(client, image, { artifactType: BUNDLE, content: bytes });
}

await main();
