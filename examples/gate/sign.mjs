/**
 * Signs a gate document by hand: to try the gate, and for the day when aks-reflex itself is what is down.
 *
 *   node sign.mjs --edge ID --origins weu,neu --closed weu --key gate.key
 *   node sign.mjs --edge ID --origins weu,neu --vault-key https://VAULT.vault.azure.net/keys/reflex-gate
 *
 * Prints the document; with `--vault-key` the Azure CLI signs, as whoever is logged in. Ends with 1, and with a
 * line that says why, if no gate would stay open or nothing could be signed.
 */
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { TYPE } from './document.mjs';

const text = { type: 'string' };
const options = { edge: text, origins: text, closed: text, key: text, 'vault-key': text };
const { values } = orFail('wrong usage', () => parseArgs({ options }));
const origins = namesIn(values.origins);
const closed = namesIn(values.closed);

if (values.edge === undefined || (values.key === undefined) === (values['vault-key'] === undefined)) {
  fail('needs --edge, --origins and one of --key and --vault-key');
}
if (!closed.every((name) => origins.includes(name))) {
  fail('--closed names an origin that --origins does not');
}
if (closed.length >= origins.length) {
  fail('one gate at least must stay open');
}

const now = new Date();
const document = {
  schema: 1,
  edge: values.edge.toLowerCase(),
  // As aks-reflex counts: the time in milliseconds outranks what was issued before.
  sequence: now.getTime(),
  issued: now.toISOString(),
  closed,
  origins,
};
console.log(
  values.key === undefined
    ? orFail(`${values['vault-key']} did not sign`, () => byVault(values['vault-key']))
    : orFail(`${values.key} did not sign`, () => byFile(values.key)),
);

function byFile(path) {
  const key = createPrivateKey(readFileSync(path));
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('a gate takes RSA and P-256 alone');
  }
  const input = inputOf(key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256');
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function byVault(id) {
  const input = inputOf('RS256');
  const digest = createHash('sha256').update(input).digest('base64');
  const command = ['keyvault', 'key', 'sign', '--id', id, '--algorithm', 'RS256', '--digest', digest];
  const signature = execFileSync('az', [...command, '--query', 'signature', '--output', 'tsv'], { encoding: 'utf8' });
  return `${input}.${Buffer.from(signature.trim(), 'base64').toString('base64url')}`;
}

function inputOf(alg) {
  const header = { alg, kid: 'by-hand', typ: TYPE };
  return [header, document].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

function namesIn(list = '') {
  return [...new Set(list.split(',').filter((name) => name !== ''))].sort();
}

/** @returns what `make` does; ends with what went wrong, and no stack, if it throws. */
function orFail(what, make) {
  try {
    return make();
  } catch (error) {
    return fail(`${what}: ${error.message}`);
  }
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
