import { Worker } from 'node:worker_threads';
import type { Disposable } from '../base/disposable';
import { WorkbenchError } from '../base/errors';
import { t, type Bundle } from '../base/l10n';
import type { BacktestResult } from '../lean/result';
import type { ResultSummary } from '../lean/resultSummary';
import { answerRequest, fromWire, type WorkerAnswer, type WorkerRequest, type WorkerSetup } from './resultWorkerProtocol';

/** Reads results of run folders. Every call throws a WorkbenchError; `cancelled` when the signal was aborted. */
export interface ResultReader {
  /** The whole result; undefined when the folder has none (yet). Its arrays belong to the caller. */
  read(folder: string, algorithmId?: string, signal?: AbortSignal): Promise<BacktestResult | undefined>;
  /** The short form, read the same way, without the heavy parts crossing threads. */
  summarize(folder: string, algorithmId?: string, signal?: AbortSignal): Promise<ResultSummary | undefined>;
}

/** Reads on the caller's thread: for tests and tools in bare node. */
export function createInlineResultReader(): ResultReader {
  const ask = async (request: WorkerRequest, signal: AbortSignal | undefined): Promise<WorkerAnswer> => {
    if (signal?.aborted === true) throw cancelled();
    const { answer } = await answerRequest(request);
    if (answer.error !== undefined) throw fromWire(answer.error);
    return answer;
  };
  return readerOver(ask);
}

type Ask = (request: WorkerRequest, signal: AbortSignal | undefined) => Promise<WorkerAnswer>;

function readerOver(ask: Ask): ResultReader {
  let next = 1;
  const request = (folder: string, algorithmId: string | undefined, want: WorkerRequest['want']): WorkerRequest => ({
    id: next++,
    folder,
    want,
    ...(algorithmId === undefined ? {} : { algorithmId }),
  });
  return {
    read: async (folder, algorithmId, signal) => (await ask(request(folder, algorithmId, 'result'), signal)).result,
    summarize: async (folder, algorithmId, signal) => (await ask(request(folder, algorithmId, 'summary'), signal)).summary,
  };
}

const cancelled = (): WorkbenchError => new WorkbenchError('cancelled', 'Cancelled.', { visible: false });

interface Pending {
  readonly request: WorkerRequest;
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: WorkbenchError) => void;
}

export interface ResultReaderOptions {
  /** Absolute path of the built `resultWorker.js`. */
  readonly workerFile: string;
  /** The thread ends after this long without work, giving its memory back. Default 20 s. */
  readonly idleMs?: number;
  /** Heap limit of the thread. Default 4096 MB: a result of 246 MB needs about 2 GB. */
  readonly memoryMb?: number;
  /** Translations of the thread's messages; English without. */
  readonly bundle?: Bundle;
}

/** Reads on a worker thread, started on first use; cancelling ends the thread, for JSON.parse cannot be asked to stop. */
export class WorkerResultReader implements ResultReader, Disposable {
  readonly #options: ResultReaderOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #reader: ResultReader;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: ResultReaderOptions) {
    this.#options = options;
    this.#reader = readerOver((request, signal) => this.#ask(request, signal));
  }

  read(folder: string, algorithmId?: string, signal?: AbortSignal): Promise<BacktestResult | undefined> {
    return this.#reader.read(folder, algorithmId, signal);
  }

  summarize(folder: string, algorithmId?: string, signal?: AbortSignal): Promise<ResultSummary | undefined> {
    return this.#reader.summarize(folder, algorithmId, signal);
  }

  dispose(): void {
    this.#disposed = true;
    this.#stop();
    this.#failAll(cancelled());
  }

  #ask(request: WorkerRequest, signal: AbortSignal | undefined): Promise<WorkerAnswer> {
    if (this.#disposed || signal?.aborted === true) return Promise.reject(cancelled());
    return new Promise<WorkerAnswer>((resolve, reject) => {
      const onAbort = (): void => {
        if (!this.#pending.delete(request.id)) return;
        reject(cancelled());
        this.#restart();
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(request.id, {
        request,
        resolve: (answer) => { done(); resolve(answer); },
        reject: (error) => { done(); reject(error); },
      });
      this.#post(request);
    });
  }

  #post(request: WorkerRequest): void {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const { workerFile, memoryMb = 4096, bundle } = this.#options;
    const setup: WorkerSetup = bundle === undefined ? {} : { bundle };
    const worker = new Worker(workerFile, { name: 'lean-results', workerData: setup, resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      const memory = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const why = memory ? t('it needs more than {0} MB of memory', memoryMb) : cause.message;
      this.#failAll(new WorkbenchError('file-unreadable', t('The result cannot be read: {0}', why), { cause }));
    });
    return worker;
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if (answer.error === undefined) pending.resolve(answer);
    else pending.reject(fromWire(answer.error));
    if (this.#pending.size > 0) return;
    this.#worker?.unref();
    this.#idle = setTimeout(() => this.#stop(), this.#options.idleMs ?? 20_000);
    this.#idle.unref();
  }

  /** Ends the thread; what others asked for is asked again on a new one. */
  #restart(): void {
    this.#stop();
    for (const { request } of this.#pending.values()) this.#post(request);
  }

  #stop(): void {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) void worker.terminate();
  }

  #failAll(error: WorkbenchError): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.reject(error);
  }
}
