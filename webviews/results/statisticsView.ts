import type { ResultHead } from '../../src/protocol/results';
import { button } from '../shared/controls';
import { h } from '../shared/dom';
import { toCsv } from '../shared/format';
import { t } from '../shared/l10n';

export interface TextEvents {
  copy(text: string): void;
  save(name: string, content: string): void;
}

/** Rows of name and text as a list of two columns. */
export function rowsList(title: string, rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = h('dl', { class: 'rows' }, ...rows.map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', { title: text, class: /^-|^\$-|^\(/.test(text) ? 'negative' : '' }, text))));
  return h('section', { class: 'group' }, h('h2', {}, title), list);
}

/** Everything LEAN computed, in its groups and words. */
export class StatisticsView {
  readonly element: HTMLElement;
  readonly #groups = h('div', { class: 'groups' });
  #shown = '';
  #head: ResultHead['statistics'] = [];

  constructor(events: TextEvents) {
    const rows = (): (readonly string[])[] => this.#head.flatMap((group) => group.rows.map(([name, text]) => [group.title, name, text]));
    this.element = h('div', { class: 'panel' },
      h('div', { class: 'toolbar' }, h('span', { class: 'muted' }, t('Texts and units as LEAN gives them')), h('span', { class: 'spring' }),
        button({ label: t('Copy'), icon: 'copy', onClick: () => events.copy(rows().map((row) => row.join('\t')).join('\n')) }),
        button({ label: t('Save as CSV'), icon: 'desktop-download', onClick: () => events.save('statistics.csv', toCsv([['group', 'name', 'value'], ...rows()])) })),
      this.#groups);
  }

  set(head: ResultHead): void {
    const next = JSON.stringify(head.statistics);
    if (next === this.#shown) return;
    this.#shown = next;
    this.#head = head.statistics;
    const full = head.statistics.filter((group) => group.rows.length > 0);
    this.#groups.replaceChildren(...(full.length === 0 ? [h('p', { class: 'muted pad' }, head.partial ? t('Still running: LEAN writes its statistics at the end.') : t('LEAN wrote no statistics for this run.'))] : full.map((group) => rowsList(group.title, group.rows))));
  }
}

/** The parameters the algorithm was given. */
export class ParametersView {
  readonly element: HTMLElement;
  readonly #list = h('div', { class: 'groups' });
  #head: ResultHead | undefined;
  #shown = '';

  constructor(events: TextEvents) {
    this.element = h('div', { class: 'panel' },
      h('div', { class: 'toolbar' }, h('span', { class: 'spring' }),
        button({ label: t('Copy as JSON'), icon: 'copy', title: t('As the "parameters" of a config.json'), onClick: () => events.copy(JSON.stringify(this.#head?.parameters ?? {}, null, 4)) })),
      this.#list);
  }

  set(head: ResultHead): void {
    this.#head = head;
    const rows = Object.entries(head.parameters);
    const next = JSON.stringify(rows);
    if (next === this.#shown) return;
    this.#shown = next;
    this.#list.replaceChildren(rows.length === 0 ? h('p', { class: 'muted pad' }, t('This run had no parameters.')) : rowsList(t('Parameters'), rows));
  }
}
