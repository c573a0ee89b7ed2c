import { DisposableStore, type Disposable } from '../../base/disposable';
import type { Event } from '../../base/emitter';
import { asWorkbenchError, WorkbenchError } from '../../base/errors';
import type { Translate } from '../../base/l10n';
import type { Logger } from '../../base/logger';
import type { BacktestResult } from '../../lean/result';
import { isFinal, type RunSnapshot } from '../../lean/run';
import type { LogLineMessage, PageAction, ResultHostMessage } from '../../protocol/results';
import { buildCharts, buildHead, buildLogLines } from './resultPresenter';

/** What a page's session needs of the world; free of vscode, so that it is tested in bare node. */
export interface ResultSessionSources {
  readonly runs: { get(id: string): RunSnapshot | undefined; readonly onDidChange: Event<ReadonlySet<string>> };
  readonly reader: { read(folder: string, algorithmId?: string, signal?: AbortSignal): Promise<BacktestResult | undefined> };
  /** Whole console lines of a run: those there are, then those that come. */
  readonly log: (run: RunSnapshot | undefined, folder: string, onLines: (lines: readonly string[], reset: boolean) => void) => Disposable;
  readonly facts: (folder: string) => Promise<{ readonly hasCodeSnapshot: boolean; readonly hasPlan: boolean }>;
  readonly logger: Logger;
  readonly translate: Translate;
  /** Wait before a failed reading of a running backtest is tried again. Default 1000 ms. */
  readonly retryMs?: number;
}

/** Keeps one page fed: whole snapshots on every change, one reading at a time, none after disposal. */
export class ResultSession implements Disposable {
  readonly #sources: ResultSessionSources;
  readonly #post: (message: ResultHostMessage) => void;
  readonly #disposables = new DisposableStore();
  readonly #stop = new AbortController();
  readonly folder: string;
  #runId: string;
  #result: BacktestResult | undefined;
  #facts = { hasCodeSnapshot: false, hasPlan: false };
  #revision = 0;
  #readRevision: number | undefined;
  #readState: RunSnapshot['state'] | undefined;
  #reading = false;
  #again = false;
  #retry: NodeJS.Timeout | undefined;
  #log: Disposable | undefined;
  #level: LogLineMessage['level'] = 'none';
  #failed = false;

  constructor(folder: string, runId: string, sources: ResultSessionSources, post: (message: ResultHostMessage) => void) {
    this.folder = folder;
    this.#runId = runId;
    this.#sources = sources;
    this.#post = post;
  }

  get run(): RunSnapshot | undefined {
    return this.#sources.runs.get(this.#runId) ?? this.#sources.runs.get(this.folder);
  }

  get result(): BacktestResult | undefined {
    return this.#result;
  }

  /** The page is ready (again): everything is sent anew. */
  start(): void {
    this.#log?.dispose();
    if (this.#revision === 0) {
      this.#disposables.add(this.#sources.runs.onDidChange((ids) => {
        const { run } = this;
        if (run !== undefined && (ids.has(run.id) || ids.has(this.#runId))) this.#onChange(run);
      }));
    }
    const t = this.#sources.translate;
    this.#revision++;
    this.#result = undefined;
    this.#post({ type: 'loading', text: t('Reading the result…') });
    this.#log = this.#disposables.add(this.#sources.log(this.run, this.folder, (lines, reset) => this.#sendLog(lines, reset)));
    void this.#read();
  }

  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#retry);
    this.#disposables.dispose();
  }

  #onChange(run: RunSnapshot): void {
    this.#runId = run.id;
    if (!this.#failed && (this.#result !== undefined || !isFinal(run.state))) this.#sendHead();
    // A run that just ended is read once more: the final result may have come without a change being noticed.
    const ended = this.#readState !== undefined && !isFinal(this.#readState) && isFinal(run.state);
    if (run.resultRevision !== this.#readRevision || ended) void this.#read();
  }

  #sendHead(): void {
    this.#post({ type: 'head', head: buildHead({ folder: this.folder, run: this.run, result: this.#result, ...this.#facts }, this.#sources.translate) });
  }

  #sendLog(lines: readonly string[], reset: boolean): void {
    const built = buildLogLines(lines, reset ? 'none' : this.#level);
    this.#level = built.at(-1)?.level ?? this.#level;
    if (built.length > 0 || reset) this.#post({ type: 'log', reset, lines: built });
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    clearTimeout(this.#retry);
    try {
      await this.#readOnce();
    } catch (error) {
      if (!this.#isStopped()) this.#fail(asWorkbenchError(error));
    } finally {
      this.#reading = false;
    }
    if (this.#again && !this.#isStopped()) {
      this.#again = false;
      void this.#read();
    }
  }

  async #readOnce(): Promise<void> {
    const { run } = this;
    this.#readRevision = run?.resultRevision;
    this.#readState = run?.state;
    const [result, facts] = await Promise.all([this.#sources.reader.read(this.folder, run?.algorithmId, this.#stop.signal), this.#sources.facts(this.folder)]);
    if (this.#isStopped()) return;
    this.#facts = facts;
    this.#failed = false;
    if (result === undefined && run === undefined) {
      const t = this.#sources.translate;
      throw new WorkbenchError('file-missing', t('There is no backtest result in {0}.', this.folder), { action: 'retry' });
    }
    this.#result = result ?? this.#result;
    this.#sendHead();
    if (result === undefined) return;
    this.#revision++;
    this.#post({ type: 'charts', revision: this.#revision, charts: buildCharts(result) });
    this.#post({ type: 'orders', revision: this.#revision, orders: result.orders });
  }

  /** A file being written is never called broken: while the run goes on, it is read again. */
  #fail(error: WorkbenchError): void {
    const { run } = this;
    const half = error.reason === 'file-invalid' || error.reason === 'file-empty';
    if (half && run !== undefined && !isFinal(run.state)) {
      this.#sendHead();
      this.#retry = setTimeout(() => void this.#read(), this.#sources.retryMs ?? 1000);
      return;
    }
    this.#sources.logger.warn(`Result page of ${this.folder}: ${error.message}`);
    this.#failed = true;
    const t = this.#sources.translate;
    this.#post({ type: 'error', title: half ? t('The result file is damaged') : t('The result cannot be shown'), message: error.message, action: pageActionFor(error) });
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }
}

function pageActionFor(error: WorkbenchError): PageAction {
  if (error.reason === 'file-invalid' || error.reason === 'file-empty') return 'open-result-file';
  return error.reason === 'file-missing' ? 'open-folder' : 'reload';
}
