import type { ResultOrder } from '../../src/protocol/results';
import { button, searchField } from '../shared/controls';
import { h, setText } from '../shared/dom';
import { count, dateTime, money, price, toCsv, zoneWords } from '../shared/format';
import { t } from '../shared/l10n';
import { VirtualTable } from '../shared/table';

export interface OrdersEvents {
  save(name: string, content: string): void;
  copy(text: string): void;
  zoomTo(from: number, to: number): void;
}

const iso = (seconds: number | undefined): string => (seconds === undefined || !Number.isFinite(seconds) ? '' : new Date(seconds * 1000).toISOString());

/** Every order: sortable, filterable, exported raw. */
export class OrdersView {
  readonly element: HTMLElement;
  readonly search;
  readonly #table: VirtualTable<ResultOrder>;
  readonly #shown = h('span', { class: 'count', role: 'status' });
  readonly #notice = h('span', { class: 'muted' });
  #timeZone = 'UTC';
  #orders: readonly ResultOrder[] = [];

  constructor(events: OrdersEvents) {
    const when = (seconds: number | undefined): string => dateTime(seconds, this.#timeZone);
    this.#table = new VirtualTable<ResultOrder>({
      label: t('Orders'),
      empty: t('No orders.'),
      onCopy: (text) => events.copy(text),
      onOpen: (order) => events.zoomTo(order.time, order.lastFillTime ?? order.time),
      onShown: (shown, of) => setText(this.#shown, shown === of ? t('{0} orders', count(of)) : t('{0} of {1} orders', count(shown), count(of))),
      haystack: (order) => [order.id, order.symbol, order.securityType, order.type, order.direction, order.status, order.tag, when(order.time)].join(' '),
      rowClass: (order) => (order.status === 'Invalid' || order.status === 'Canceled' ? 'dim' : ''),
      columns: [
        { id: 'id', title: '#', track: '56px', numeric: true, text: (order) => String(order.id), sort: (order) => order.id },
        { id: 'time', title: t('Time'), track: '156px', mono: true, text: (order) => when(order.time), hover: (order) => `${dateTime(order.time)} UTC`, raw: (order) => iso(order.time), sort: (order) => order.time },
        { id: 'symbol', title: t('Symbol'), track: 'minmax(70px, 1fr)', text: (order) => order.symbol, hover: (order) => `${order.symbol} (${order.securityType})`, sort: (order) => order.symbol },
        { id: 'type', title: t('Type'), track: 'minmax(104px, 1fr)', text: (order) => order.type, sort: (order) => order.type },
        { id: 'direction', title: t('Side'), track: '70px', text: (order) => `${order.direction === 'Buy' ? '▲ ' : order.direction === 'Sell' ? '▼ ' : ''}${order.direction}`, raw: (order) => order.direction, sort: (order) => order.direction },
        { id: 'quantity', title: t('Quantity'), track: '88px', numeric: true, text: (order) => price(order.quantity), raw: (order) => order.quantity, hover: (order) => String(order.quantity), sort: (order) => order.quantity },
        { id: 'price', title: t('Price'), track: '96px', numeric: true, text: (order) => price(order.price), raw: (order) => order.price, hover: (order) => `${order.price} ${order.currency}`, sort: (order) => order.price },
        { id: 'value', title: t('Value'), track: '110px', numeric: true, text: (order) => money(order.value, order.currency), raw: (order) => order.value, hover: (order) => `${order.value} ${order.currency}`, sort: (order) => order.value },
        { id: 'fee', title: t('Fee'), track: '72px', numeric: true, text: (order) => money(order.fee, order.currency), raw: (order) => order.fee ?? '', hover: (order) => (order.fee === undefined ? t('Not known: no order events') : String(order.fee)), sort: (order) => order.fee ?? NaN },
        { id: 'status', title: t('Status'), track: 'minmax(80px, 0.8fr)', text: (order) => order.status, sort: (order) => order.status },
        { id: 'fill', title: t('Last fill'), track: '156px', mono: true, text: (order) => when(order.lastFillTime), raw: (order) => iso(order.lastFillTime), hover: (order) => (order.lastFillTime === undefined ? t('Not filled') : `${dateTime(order.lastFillTime)} UTC`), sort: (order) => order.lastFillTime ?? NaN },
        { id: 'tag', title: t('Tag'), track: 'minmax(90px, 2fr)', text: (order) => order.tag, sort: (order) => order.tag },
      ],
    });
    this.search = searchField(t('Filter orders ( / )'), (text) => this.#table.setFilter(text));
    this.element = h('div', { class: 'panel fill' },
      h('div', { class: 'toolbar' }, this.search.element, this.#shown, this.#notice, h('span', { class: 'spring' }),
        button({ label: t('Copy'), icon: 'copy', title: t('Copy the selected rows (Ctrl+C)'), onClick: () => events.copy(this.#table.copyText()) }),
        button({ label: t('Save as CSV'), icon: 'desktop-download', title: t('Save the orders shown, raw values, times in UTC'), onClick: () => events.save('orders.csv', this.#csv()) })),
      this.#table.element);
  }

  set(orders: readonly ResultOrder[], partial: boolean): void {
    this.#orders = orders;
    this.#table.setRows(orders);
    setText(this.#notice, partial ? t('still running: LEAN gives the last 100 only') : '');
  }

  setTimeZone(timeZone: string | undefined): void {
    if ((timeZone ?? 'UTC') === this.#timeZone) return;
    this.#timeZone = timeZone ?? 'UTC';
    this.element.title = '';
    this.#table.setRows(this.#orders);
  }

  get zone(): string {
    return zoneWords(this.#timeZone);
  }

  #csv(): string {
    const head = ['id', 'time', 'symbol', 'security type', 'type', 'direction', 'quantity', 'price', 'value', 'currency', 'fee', 'status', 'last fill', 'tag'];
    return toCsv([head, ...this.#table.shown.map((order) => [order.id, iso(order.time), order.symbol, order.securityType, order.type, order.direction, order.quantity, order.price, order.value, order.currency, order.fee ?? '', order.status, iso(order.lastFillTime), order.tag])]);
  }
}
