import Module, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { InvocationResult } from './durable-extension.ts';

/** One binding as `@azure/functions` registers it. */
export interface Binding {
  readonly type: string;
  readonly direction: string;
  readonly [key: string]: unknown;
}

export interface RegisteredFunction {
  readonly name: string;
  readonly trigger: Binding;
  readonly triggerName: string;
  readonly bindings: Readonly<Record<string, Binding>>;
}

/** What a trigger hands to a function: typed data, the metadata beside it, further inputs by binding name. */
export interface Invocation {
  readonly data: object;
  readonly metadata?: Readonly<Record<string, object>>;
  readonly inputs?: Readonly<Record<string, object>>;
}

type Callback = (...args: unknown[]) => unknown;
type Hook = (context: Record<string, unknown>) => unknown;

interface Model {
  getInvocationModel(context: object): {
    getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
    invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
    getResponse(context: unknown, result: unknown): Promise<{ returnValue?: unknown; outputData?: unknown[] }>;
  };
  getCapabilities?(capabilities: object): Promise<object> | object;
}

interface Metadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, Binding>>;
}

let isTaken = false;

/**
 * The Node worker in this process: answers `require('@azure/functions-core')`, so that the real package registers and
 * runs functions here. One a process, because the package keeps the first answer that it gets.
 */
export class Worker {
  readonly #functions = new Map<string, { readonly metadata: Metadata; readonly callback: Callback }>();
  readonly #hooks: Readonly<Record<string, Hook[]>> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  readonly #log: Log;
  readonly #random: Random;
  readonly #inputs = new Map<string, () => object>();
  readonly #running = new Set<Promise<InvocationResult>>();
  #model: Model | undefined;
  #isLocked = false;

  constructor(log: Log, random: Random) {
    if (isTaken) {
      throw new Error('one worker a process: @azure/functions keeps the first answer to its require');
    }
    isTaken = true;
    this.#log = log;
    this.#random = random;
    this.#answerRequire();
  }

  /** Loads entry points by absolute path; registration is closed afterwards. */
  async load(entryPoints: readonly string[]): Promise<void> {
    for (const file of entryPoints) {
      await import(pathToFileURL(file).href);
    }
    for (const hook of this.#hooks['appStart'] ?? []) {
      await hook({ hookData: {}, appHookData: {} });
    }
    await this.#model?.getCapabilities?.({});
    this.#isLocked = true;
  }

  functions(): readonly RegisteredFunction[] {
    return [...this.#functions.values()].flatMap(({ metadata: { name, bindings } }) => {
      const [entry] = Object.entries(bindings).filter(([, { type }]) => /trigger$/i.test(type));
      return entry === undefined ? [] : [{ name, bindings, triggerName: entry[0], trigger: entry[1] }];
    });
  }

  /** Fills every input binding of a type with what `make` gives, at each invocation. */
  provide(type: string, make: () => object): void {
    this.#inputs.set(type, make);
  }

  /** Resolves when no function runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
    }
  }

  /** Runs one function. Its errors are part of the answer. */
  async invoke(name: string, invocation: Invocation): Promise<InvocationResult> {
    const run = this.#invoke(name, invocation).finally(() => this.#running.delete(run));
    this.#running.add(run);
    return await run;
  }

  async #invoke(name: string, { data, metadata = {}, inputs = {} }: Invocation): Promise<InvocationResult> {
    const found = this.#functions.get(name);
    const registered = this.functions().find((one) => one.name === name);
    if (found === undefined || registered === undefined || this.#model === undefined) {
      return { ok: false, message: `no function ${name}`, stack: '' };
    }
    const invocationId = this.#random.uuid();
    const inputData = [
      { name: registered.triggerName, data },
      ...this.#inputsOf(registered),
      ...Object.entries(inputs).map(([key, value]) => ({ name: key, data: value })),
    ];
    const request = { invocationId, functionId: name, inputData, triggerMetadata: metadata, traceContext: {} };
    const log = (level: string, _category: string, message: string): void => this.#write(level, name, message);
    const core = { invocationId, request, metadata: found.metadata, state: undefined, log };
    try {
      const model = this.#model.getInvocationModel(core);
      const { context, inputs: args } = await model.getArguments();
      const shared = { hookData: {}, appHookData: {}, invocationContext: context };
      const before = { ...shared, functionCallback: found.callback, inputs: args };
      await this.#run('preInvocation', before);
      const after: { result: unknown; error: unknown } & typeof shared = {
        ...shared,
        result: undefined,
        error: undefined,
      };
      try {
        after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
      } catch (error) {
        after.error = error;
      }
      await this.#run('postInvocation', after);
      if (after.error instanceof Error) {
        throw after.error;
      }
      if (after.error !== undefined && after.error !== null) {
        throw new Error('the function threw a value that is no error', { cause: after.error });
      }
      const { returnValue } = await model.getResponse(context, after.result);
      return { ok: true, returnValue };
    } catch (error) {
      const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
      this.#log.error('function failed', { function: name, invocationId, message });
      return { ok: false, message, stack };
    }
  }

  #inputsOf({
    bindings,
    triggerName,
  }: RegisteredFunction): readonly { readonly name: string; readonly data: object }[] {
    return Object.entries(bindings).flatMap(([name, { type, direction }]) => {
      const make = direction === 'in' && name !== triggerName ? this.#inputs.get(type) : undefined;
      return make === undefined ? [] : [{ name, data: make() }];
    });
  }

  async terminate(): Promise<void> {
    await this.#run('appTerminate', { hookData: {}, appHookData: {} });
  }

  async #run(name: string, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.#hooks[name] ?? []) {
      await hook(context);
    }
  }

  #write(level: string, name: string, message: string): void {
    const write = level === 'error' || level === 'critical' ? 'error' : level === 'warning' ? 'warn' : 'debug';
    this.#log[write](message, { function: name });
  }

  #answerRequire(): void {
    class Disposable {
      readonly #undo: () => void;
      constructor(undo: () => void) {
        this.#undo = undo;
      }
      dispose(): void {
        this.#undo();
      }
    }
    const core = {
      version: '3.13.0',
      hostVersion: '4.1048.200',
      Disposable,
      registerFunction: (metadata: Metadata, callback: Callback) => this.#register(metadata, callback, Disposable),
      registerHook: (name: string, hook: Hook) => {
        const hooks = this.#hooks[name];
        if (hooks === undefined) {
          throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
        }
        hooks.push(hook);
        return new Disposable(() => void hooks.splice(hooks.indexOf(hook), 1));
      },
      setProgrammingModel: (model: Model) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: string, category: string, message: string) => this.#write(level, category, message),
    };
    const prototype = Module.prototype as unknown as { require: (id: string) => unknown };
    const original = prototype.require;
    prototype.require = function answer(this: unknown, id: string): unknown {
      return id === '@azure/functions-core' ? core : original.call(this, id);
    };
    createRequire(import.meta.url);
  }

  #register<D>(metadata: Metadata, callback: Callback, Disposable: new (undo: () => void) => D): D {
    if (this.#isLocked) {
      throw new Error('A function can only be registered during app startup.');
    }
    const id = metadata.functionId ?? metadata.name;
    if (this.#functions.has(id)) {
      throw new Error(`A function with id "${id}" has already been registered.`);
    }
    const rawBindings = Object.entries(metadata.bindings).map(([name, binding]) =>
      JSON.stringify({ ...binding, name }),
    );
    this.#functions.set(id, { metadata: { ...metadata, functionId: id, rawBindings } as Metadata, callback });
    return new Disposable(() => void this.#functions.delete(id));
  }
}
