/**
 * The probe gate: answers an edge's health probe with 200 while its origin's gate is open and with 503 while it is closed.
 *
 * It reads one signed document from two or more places and keeps the last state when it cannot: to go on answering it
 * needs no storage, no signer and no other region. README.md says how to set it up. Node 20 or later, nothing else.
 */
import { Buffer } from 'node:buffer';
import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { judge, outranks, readKeys } from './document.mjs';
import { workloadIdentity } from './storage-token.mjs';

const { AbortSignal, URL, fetch } = globalThis;

const MAX_DOCUMENT_BYTES = 65_536;
const ANSWER_WITHIN_MS = 2_000;
/** Probes still come for a moment after Kubernetes has asked a pod to end. */
const DRAIN_MS = 5_000;

const settings = readSettings(process.env);
/** The document in force, and whether the local ingress answers. Nothing else is remembered. */
const state = { document: undefined, isOpen: true, checkPasses: true };
/** The last thing said about each source, so that the log tells changes alone. */
const said = new Map();

await main();

async function main() {
  await restoreState();
  const looks = settings.documents.map((url, index) => () => look(`document ${index + 1} (${placeOf(url)})`, url));
  const jobs = settings.checkUrl === undefined ? looks : [...looks, check];
  // Nobody is answered before every source had its say: a pod that starts must not open a gate for a moment.
  await Promise.all(jobs.map((job) => job()));
  const server = createServer(answer);
  server.listen(settings.port, settings.host, () => log('listening', { port: server.address().port }));
  process.once('SIGTERM', () => void stop());
  jobs.forEach((job) => void repeat(job));
}

async function stop() {
  log('stopping', {});
  await sleep(DRAIN_MS);
  process.exit(0);
}

/** Each source has a loop of its own: one that hangs does not make the others wait. */
async function repeat(job) {
  for (;;) {
    await sleep(settings.pollMs);
    await job();
  }
}

/** @throws Error that names the first environment variable that cannot be used. */
function readSettings(env) {
  return {
    edge: need(env, 'GATE_EDGE', (id) => /^\/subscriptions\/[^A-Z]+$/.test(id), 'an ARM id in lower case'),
    origin: need(env, 'GATE_ORIGIN'),
    region: need(env, 'GATE_REGION', (name) => /^[\w.-]+$/.test(name), 'a name for a header'),
    documents: need(env, 'GATE_DOCUMENTS')
      .trim()
      .split(/\s+/)
      .map((url) => new URL(url)),
    keys: readKeys(need(env, 'GATE_PUBLIC_KEY')),
    headers: env.GATE_STORAGE_AUTH === 'workload-identity' ? workloadIdentity(env) : () => ({}),
    checkUrl: env.GATE_CHECK_URL ? new URL(env.GATE_CHECK_URL) : undefined,
    checkHost: env.GATE_CHECK_HOST || undefined,
    stateFile: env.GATE_STATE_FILE || undefined,
    pollMs: Number(need({ GATE_POLL_MS: '2000', ...env }, 'GATE_POLL_MS', (ms) => ms >= 10, 'milliseconds')),
    port: Number(need({ PORT: '8080', ...env }, 'PORT', (port) => port >= 0 && port < 65_536, 'a port')),
    host: env.GATE_HOST || undefined,
  };
}

function need(env, name, isFine = () => true, expected = 'set') {
  const value = env[name];
  if (!value || !isFine(value)) {
    throw new Error(`${name} must be ${expected}; see examples/gate/README.md`);
  }
  return value;
}

/** Asks one source once. Whatever goes wrong leaves the state as it is. */
async function look(name, url) {
  let jws;
  try {
    jws = await read(url);
  } catch (error) {
    say(name, { is: 'unreadable', why: reasonOf(error) });
    return;
  }
  const { document, why } = judge(jws, settings, Date.now());
  say(name, document === undefined ? { is: 'refused', why } : { is: 'read' });
  if (document !== undefined && (state.document === undefined || outranks(document, state.document))) {
    take(document);
    saveState(jws);
  }
}

function take(document) {
  state.document = document;
  state.isOpen = !document.closed.includes(settings.origin);
  log('gate', { open: state.isOpen, sequence: document.sequence, issued: document.issued });
}

async function read(url) {
  if (url.protocol === 'file:') {
    return await readFile(url, 'utf8');
  }
  const headers = await settings.headers();
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`HTTP ${response.status}`);
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) {
      throw new Error('more than 64 KiB');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** A container that starts anew while no storage can be read goes on where the last one was. */
async function restoreState() {
  if (settings.stateFile !== undefined) {
    const jws = await readFile(settings.stateFile, 'latin1').catch(() => '');
    const { document } = judge(jws, settings, undefined);
    if (document !== undefined) {
      take(document);
    }
  }
}

/** At once, so that two sources that bring two documents cannot leave the older one there. */
function saveState(jws) {
  if (settings.stateFile === undefined) {
    return;
  }
  try {
    writeFileSync(`${settings.stateFile}.new`, jws);
    renameSync(`${settings.stateFile}.new`, settings.stateFile);
    say('state file', { is: 'written' });
  } catch (error) {
    say('state file', { is: 'unwritable', why: reasonOf(error) });
  }
}

/** In the background, because an edge's probes come from all over the world at once. */
async function check() {
  const why = await ask(settings.checkUrl, settings.checkHost);
  state.checkPasses = why === undefined;
  say('check', state.checkPasses ? { is: 'passing' } : { is: 'failing', why });
}

/**
 * Not by `fetch`, which does not let the caller name the host that an ingress routes by.
 * @returns what is wrong, undefined if nothing is.
 */
function ask(url, host) {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const named = host === undefined ? {} : { headers: { host }, servername: host };
  return new Promise((resolve) => {
    const sent = send(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), ...named }, (response) => {
      const { statusCode } = response.resume();
      resolve(statusCode >= 200 && statusCode < 300 ? undefined : `HTTP ${statusCode}`);
    });
    sent.on('error', (error) => resolve(reasonOf(error))).end();
  });
}

function answer(request, response) {
  const gate = state.isOpen ? (state.checkPasses ? 'open' : 'failing') : 'closed';
  const isHealth = request.url.split('?')[0] === '/healthz';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const status = isHealth || gate === 'open' ? 200 : 503;
  response.writeHead(isRead ? status : 405, {
    'cache-control': 'no-store',
    'x-reflex-region': settings.region,
    'x-reflex-gate': gate,
  });
  const { sequence, issued } = state.document ?? {};
  const body = isHealth ? JSON.stringify({ gate, sequence, issued, sources: Object.fromEntries(said) }) : gate;
  response.end(isRead ? `${body}\n` : undefined);
}

/** Logs what a source is when it is something else than before. */
function say(source, { is, why }) {
  const text = why === undefined ? is : `${is}: ${why}`;
  if (said.get(source) !== text) {
    said.set(source, text);
    log('source', { source, is, why });
  }
}

/** Never the query: it may be a shared access signature. */
function placeOf(url) {
  return url.protocol === 'file:' ? url.pathname : url.host;
}

function reasonOf(error) {
  const { name, code, message } = error.cause ?? error;
  return name === 'TimeoutError' ? 'no answer in time' : (code ?? message);
}

function log(event, fields) {
  console.log(JSON.stringify({ at: new Date().toISOString(), event, ...fields }));
}
