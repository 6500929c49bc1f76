/**
 * Loads an app's entry points as the Functions worker does, with the least host that there can be: answers
 * `require('@azure/functions-core')`, imports what package.json's `main` names, prints what was registered.
 *
 *     node bench/register.mjs APP_DIRECTORY 'dist/functions/*.js'
 */
import { glob } from 'node:fs/promises';
import Module from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [directory = '.', pattern = 'dist/functions/*.js'] = process.argv.slice(2);
const registered = [];
class Disposable {
  dispose() {}
}
const core = {
  version: '3.13.0',
  hostVersion: '4.1048.200',
  Disposable,
  registerFunction(metadata, callback) {
    registered.push({ name: metadata.name, isFunction: typeof callback === 'function' });
    return new Disposable();
  },
  registerHook: () => new Disposable(),
  setProgrammingModel: () => undefined,
  getProgrammingModel: () => undefined,
  log: () => undefined,
};
Module.prototype.require = new Proxy(Module.prototype.require, {
  apply: (target, self, args) => (args[0] === '@azure/functions-core' ? core : Reflect.apply(target, self, args)),
});

const files = [];
for await (const file of glob(pattern, { cwd: resolve(directory) })) {
  files.push(file);
}
for (const file of files.toSorted()) {
  await import(pathToFileURL(resolve(directory, file)).href);
}
process.stdout.write(`${JSON.stringify({ files, registered })}\n`);
