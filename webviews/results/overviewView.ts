import type { ResultHead } from '../../src/protocol/results';
import { h } from '../shared/dom';
import { dateTime, duration, percent, zoneWords } from '../shared/format';
import { t } from '../shared/l10n';
import { equityOf, monthlyReturns, worstDrawdowns, type DrawdownSpell, type MonthReturn, type PageChart } from './model';
import { rowsList } from './statisticsView';

const MONTHS = [t('Jan'), t('Feb'), t('Mar'), t('Apr'), t('May'), t('Jun'), t('Jul'), t('Aug'), t('Sep'), t('Oct'), t('Nov'), t('Dec')] as const;

/** Months, worst falls, LEAN's own doubts, and the facts of the run. */
export class OverviewView {
  readonly element = h('div', { class: 'panel' });
  readonly #zoomTo: (from: number, to: number) => void;
  readonly #months = h('section', { class: 'group wide' });
  readonly #falls = h('section', { class: 'group' });
  readonly #facts = h('div', { class: 'group' });
  readonly #doubts = h('section', { class: 'group wide' });
  #head: ResultHead | undefined;
  #charts: readonly PageChart[] = [];
  #shown = new Map<HTMLElement, string>();

  constructor(zoomTo: (from: number, to: number) => void) {
    this.#zoomTo = zoomTo;
    this.element.append(h('div', { class: 'groups' }, this.#months, this.#falls, this.#facts, this.#doubts));
  }

  setHead(head: ResultHead): void {
    const zoneChanged = this.#head?.timeZone !== head.timeZone;
    this.#head = head;
    const { progress: { rangeStart, rangeEnd }, timeZone } = head;
    const rows: [string, string][] = [
      [t('Project'), head.projectName],
      [t('Run folder'), head.folderName],
      [t('Simulated'), rangeStart === undefined ? '—' : t('{0} to {1}', dateTime(rangeStart, 'UTC', false), dateTime(rangeEnd, 'UTC', false))],
      [t('Times shown in'), zoneWords(timeZone)],
      [t('Started'), head.startedAt === undefined ? '—' : new Date(head.startedAt).toLocaleString('sv-SE')],
      [t('Took'), head.startedAt === undefined || head.endedAt === undefined ? '—' : duration(head.endedAt - head.startedAt)],
      [t('Image'), head.image ?? '—'],
      ['LEAN', head.leanVersion ?? '—'],
    ];
    this.#replace(this.#facts, JSON.stringify(rows), () => [rowsList(t('Run'), rows)]);
    this.#replace(this.#doubts, JSON.stringify(head.analysis ?? []), () => doubts(head.analysis ?? []));
    this.#doubts.hidden = (head.analysis ?? []).length === 0;
    if (zoneChanged) this.#compute();
  }

  setCharts(charts: readonly PageChart[]): void {
    this.#charts = charts;
    this.#compute();
  }

  #replace(place: HTMLElement, key: string, make: () => Node[]): void {
    if (this.#shown.get(place) === key) return;
    this.#shown.set(place, key);
    place.replaceChildren(...make());
  }

  #compute(): void {
    const equity = equityOf(this.#charts);
    this.#months.hidden = this.#falls.hidden = equity === undefined;
    const zone = this.#head?.timeZone ?? 'UTC';
    const months = equity === undefined ? [] : monthlyReturns(equity.columns, zone);
    const falls = equity === undefined ? [] : worstDrawdowns(equity.columns, 5);
    this.#replace(this.#months, JSON.stringify(months), () => [h('h2', {}, t('Monthly returns')), months.length === 0 ? h('p', { class: 'muted' }, t('No equity yet.')) : this.#monthTable(months), h('p', { class: 'muted small' }, t('From the equity curve’s closes; partial months included.'))]);
    this.#replace(this.#falls, zone + JSON.stringify(falls), () => [h('h2', {}, t('Worst drawdowns')), falls.length === 0 ? h('p', { class: 'muted' }, t('The equity never fell below its peak.')) : this.#fallTable(falls, zone), h('p', { class: 'muted small' }, t('From the equity curve; LEAN’s own figure is by day.'))]);
  }

  #monthTable(months: readonly MonthReturn[]): HTMLElement {
    const years = [...new Set(months.map((month) => month.year))].sort((a, b) => b - a);
    const largest = Math.max(...months.map((month) => Math.abs(month.value)), 1e-9);
    const cell = (month: MonthReturn | undefined): HTMLElement => {
      if (month === undefined) return h('td', {}, '');
      const strength = Math.min(4, Math.ceil((Math.abs(month.value) / largest) * 4));
      const text = percent(month.value, true).replace(' %', '');
      return h('td', { class: month.value === 0 ? '' : `heat ${month.value > 0 ? 'gain' : 'loss'}-${strength}` }, h('button', { type: 'button', title: t('{0} {1}: {2}. Click zooms the chart.', MONTHS[month.month] ?? '', month.year, month.value), onclick: () => this.#zoomTo(month.from, month.to) }, text));
    };
    const rows = years.map((year) => {
      const own = months.filter((month) => month.year === year);
      const total = own.reduce((product, month) => product * (1 + month.value), 1) - 1;
      return h('tr', {}, h('th', { scope: 'row' }, String(year)), ...MONTHS.map((_, index) => cell(own.find((month) => month.month === index))), h('td', { class: `total ${total < 0 ? 'loss' : total > 0 ? 'gain' : ''}` }, percent(total, true).replace(' %', '')));
    });
    return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('Monthly returns') }, h('table', { class: 'months' }, h('caption', { class: 'sr-only' }, t('Monthly returns in percent')), h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, '%'), ...MONTHS.map((name) => h('th', { scope: 'col' }, name)), h('th', { scope: 'col' }, t('Year')))), h('tbody', {}, ...rows)));
  }

  #fallTable(falls: readonly DrawdownSpell[], zone: string): HTMLElement {
    const date = (seconds: number | undefined): string => (seconds === undefined ? t('not yet') : dateTime(seconds, zone, false));
    const end = equityOf(this.#charts)?.columns.times.at(-1) ?? NaN;
    return h('table', { class: 'falls' }, h('thead', {}, h('tr', {}, ...[t('Depth'), t('Peak'), t('Trough'), t('Recovered')].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...falls.map((fall) => h('tr', {}, h('td', { class: 'numeric' }, h('button', { type: 'button', class: 'link', title: t('Zoom the chart to it'), onclick: () => this.#zoomTo(fall.peak, fall.recovered ?? end) }, `−${percent(fall.depth)}`)), h('td', {}, date(fall.peak)), h('td', {}, date(fall.trough)), h('td', {}, date(fall.recovered))))));
  }
}

function doubts(items: NonNullable<ResultHead['analysis']>): Node[] {
  return [h('h2', {}, t('LEAN’s own doubts')), ...items.map((item) => h('details', { class: 'doubt' }, h('summary', {}, item.issue.split('\n')[0] ?? item.name), h('p', {}, item.issue), h('ul', {}, ...item.solutions.map((solution) => h('li', {}, solution)))))];
}
