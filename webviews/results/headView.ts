import type { PageAction, ResultHead } from '../../src/protocol/results';
import { button } from '../shared/controls';
import { h, icon, setText, show } from '../shared/dom';
import { arrow, count, DASH, dateTime, duration, money, percent, ratio, shortMoney } from '../shared/format';
import { t } from '../shared/l10n';

const STATE_WORDS: Readonly<Record<ResultHead['state'], readonly [icon: string, word: string]>> = {
  queued: ['clock', t('queued')],
  preparing: ['loading', t('preparing')],
  running: ['loading', t('running')],
  stopping: ['loading', t('stopping')],
  completed: ['pass', t('completed')],
  failed: ['error', t('failed')],
  stopped: ['debug-stop', t('stopped')],
  lost: ['debug-disconnect', t('lost')],
  unknown: ['question', t('end unknown')],
};

const PHASE_WORDS: Readonly<Record<ResultHead['phase'], string>> = {
  waiting: t('waiting'),
  'checking-image': t('checking image'),
  pulling: t('pulling'),
  creating: t('creating'),
  starting: t('starting'),
  packages: t('packages'),
  compiling: t('compiling'),
  building: t('building'),
  loading: t('loading'),
  initializing: t('initializing'),
  'warming-up': t('warming up'),
  running: t('running'),
  'writing-results': t('writing results'),
  ended: t('ended'),
};

export const isActive = (head: ResultHead): boolean => ['queued', 'preparing', 'running', 'stopping'].includes(head.state);

export interface HeadEvents {
  act(action: PageAction): void;
  open(file: string, line: number | undefined): void;
}

/** Title, state and buttons; then what a person must know first; then the figures. */
export class HeadView {
  readonly element: HTMLElement;
  readonly #title = h('h1');
  readonly #state = h('span', { class: 'state', role: 'status' });
  readonly #meta = h('span', { class: 'meta' });
  readonly #bar = h('div', { class: 'progress', role: 'progressbar', 'aria-label': t('Progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('div'));
  readonly #notes = h('div', { class: 'notes' });
  readonly #tiles = h('dl', { class: 'tiles', 'aria-label': t('Key figures') });
  readonly #runtime = h('dl', { class: 'runtime', 'aria-label': t('Runtime statistics') });
  readonly #buttons;
  readonly #events: HeadEvents;
  readonly #values = new Map<string, HTMLElement>();
  #notesShown = '';

  constructor(events: HeadEvents) {
    this.#events = events;
    const act = (action: PageAction) => (): void => events.act(action);
    this.#buttons = {
      stop: button({ label: t('Stop'), icon: 'debug-stop', primary: true, onClick: act('stop') }),
      again: button({ label: t('Run again'), icon: 'debug-restart', primary: true, title: t('Run again with these parameters (F5)'), onClick: act('run-again') }),
      folder: button({ label: t('Open folder'), icon: 'folder-opened', iconOnly: true, onClick: act('open-folder') }),
      code: button({ label: t('Open code snapshot'), icon: 'code', iconOnly: true, onClick: act('open-code-snapshot') }),
      plan: button({ label: t('Show launch plan'), icon: 'checklist', iconOnly: true, onClick: act('show-plan') }),
      file: button({ label: t('Open result file'), icon: 'json', iconOnly: true, onClick: act('open-result-file') }),
    };
    const { stop, again, folder, code, plan, file } = this.#buttons;
    this.element = h('header', { class: 'head' },
      h('div', { class: 'head-line' }, this.#title, this.#state, this.#meta, h('span', { class: 'spring' }), h('div', { class: 'head-actions' }, folder, code, file, plan, stop, again)),
      this.#bar, this.#notes, this.#tiles, this.#runtime);
  }

  set(head: ResultHead): void {
    const active = isActive(head);
    setText(this.#title, head.title);
    this.element.dataset['run'] = head.folderName;
    const [mark, word] = STATE_WORDS[head.state];
    this.#state.replaceChildren(icon(mark === 'loading' ? 'loading codicon-modifier-spin' : mark), this.#stateWords(head, word));
    this.#state.className = `state state-${head.state}`;
    const facts = [head.folderName, head.leanVersion === undefined ? undefined : `LEAN ${head.leanVersion}`, head.image];
    setText(this.#meta, facts.filter((fact) => fact !== undefined && fact !== '').join(' · '));
    this.#progress(head, active);
    this.#notesOf(head);
    this.#figures(head);
    show(this.#buttons.stop, active);
    show(this.#buttons.again, !active && head.canRunAgain);
    show(this.#buttons.code, head.hasCodeSnapshot);
    show(this.#buttons.plan, head.hasPlan ?? true);
  }

  #stateWords(head: ResultHead, word: string): string {
    const took = head.startedAt !== undefined && head.endedAt !== undefined ? duration(head.endedAt - head.startedAt) : undefined;
    if (!isActive(head)) return took === undefined ? word : head.state === 'completed' ? t('{0} in {1}', word, took) : t('{0} after {1}', word, took);
    const { fraction, secondsLeft, simulatedTo } = head.progress;
    return [word, fraction === undefined ? (head.phase === head.state ? undefined : PHASE_WORDS[head.phase]) : percent(fraction).replace(/\.\d+/, ''), simulatedTo === undefined ? undefined : dateTime(simulatedTo, head.timeZone, false), secondsLeft === undefined ? undefined : t('{0} left', duration(secondsLeft * 1000))].filter((part) => part !== undefined).join(' · ');
  }

  #progress(head: ResultHead, active: boolean): void {
    const { fraction } = head.progress;
    this.#bar.classList.toggle('on', active);
    this.#bar.classList.toggle('unknown', active && fraction === undefined);
    this.#bar.setAttribute('aria-hidden', String(!active));
    const fill = this.#bar.firstElementChild;
    if (fill instanceof HTMLElement) fill.style.width = fraction === undefined ? '' : `${Math.min(1, Math.max(0, fraction)) * 100}%`;
    if (fraction === undefined) this.#bar.removeAttribute('aria-valuenow');
    else this.#bar.setAttribute('aria-valuenow', String(Math.round(fraction * 100)));
  }

  #notesOf(head: ResultHead): void {
    const key = JSON.stringify([head.standIn, head.outcomeKind, head.outcomeMessage, head.outcomeDetails, head.outcomeLocation, head.warnings, head.partial]);
    if (key === this.#notesShown) return;
    this.#notesShown = key;
    const notes: HTMLElement[] = [];
    if (head.standIn) notes.push(note('beaker', 'stand-in', t('Test stand-in: replayed recording, nothing is computed.')));
    const bad = head.outcomeKind !== undefined && head.outcomeKind !== 'success' && head.outcomeKind !== 'quit' && head.outcomeKind !== 'stopped';
    if (head.outcomeMessage !== undefined && head.outcomeMessage !== '' && head.outcomeKind !== 'success') {
      const place = head.outcomeLocation;
      const at = place === undefined ? undefined : h('button', { type: 'button', class: 'link', onclick: () => this.#events.open(place.file, place.line) }, `${place.file.replace(/^.*[\\/]/, '')}${place.line === undefined ? '' : `:${place.line}`}`);
      const details = head.outcomeDetails === undefined || head.outcomeDetails === '' ? undefined : h('details', {}, h('summary', {}, t('Details')), h('pre', { tabindex: 0 }, head.outcomeDetails));
      const log = bad ? h('button', { type: 'button', class: 'link', onclick: () => this.#events.act('show-log') }, t('Show log')) : undefined;
      const message = note(bad ? 'error' : 'info', bad ? 'failure' : 'info', head.outcomeMessage, at, log, details);
      if (bad) message.setAttribute('role', 'alert');
      notes.push(message);
    }
    for (const warning of head.warnings) notes.push(note('warning', 'warning', warning));
    this.#notes.replaceChildren(...notes);
  }

  #figures(head: ResultHead): void {
    const { figures, accountCurrency: currency } = head;
    const signed = (value: number | undefined): string => (value === undefined ? DASH : `${arrow(value)} ${percent(value, true)}`.trim());
    const tone = (value: number | undefined): string => (value === undefined || value === 0 ? '' : value > 0 ? 'gain' : 'loss');
    const full = (value: number | undefined): string => (value === undefined ? t('Not known') : String(value));
    const tiles: readonly (readonly [string, string, string, string])[] = [
      [t('Equity'), money(figures.endEquity, currency), full(figures.endEquity), ''],
      [t('Return'), signed(figures.netProfit), full(figures.netProfit), tone(figures.netProfit)],
      [t('Annual'), signed(figures.compoundingAnnualReturn), full(figures.compoundingAnnualReturn), tone(figures.compoundingAnnualReturn)],
      [t('Sharpe'), ratio(figures.sharpeRatio), full(figures.sharpeRatio), ''],
      [t('Drawdown'), percent(figures.drawdown), full(figures.drawdown), ''],
      [t('Orders'), count(figures.totalOrders), full(figures.totalOrders), ''],
      [t('Fees'), money(figures.totalFees, currency), full(figures.totalFees), ''],
      [t('Capacity'), shortMoney(figures.capacity, currency), full(figures.capacity), ''],
    ];
    for (const [name, text, hover, className] of tiles) this.#value(this.#tiles, `tile ${name}`, name, text, hover, className);
    const runtime = head.runtimeStatistics;
    for (const [name, text] of runtime) this.#value(this.#runtime, `runtime ${name}`, name, text, text, '');
    show(this.#runtime, runtime.length > 0);
  }

  /** Values change in place: a tile made once stays where it is. */
  #value(list: HTMLElement, key: string, name: string, text: string, hover: string, className: string): void {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = h('dd');
      this.#values.set(key, value);
      list.append(h('div', {}, h('dt', {}, name), value));
    }
    setText(value, text);
    value.className = className;
    value.title = hover;
  }
}

function note(mark: string, kind: string, text: string, ...more: readonly (Node | undefined)[]): HTMLElement {
  return h('div', { class: `note note-${kind}` }, icon(mark), h('div', {}, h('span', { class: 'note-text' }, text), ...more));
}
