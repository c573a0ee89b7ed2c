import './styles.css';
import type { PageAction, ResultHead, ResultHostMessage, ResultPageMessage, ResultPageState } from '../../src/protocol/results';
import { button, tabBar } from '../shared/controls';
import { h, icon, setText, show } from '../shared/dom';
import { connectHost } from '../shared/host';
import { t } from '../shared/l10n';
import { ChartView } from './chartView';
import { HeadView, isActive } from './headView';
import { LogView } from './logView';
import { toPageCharts, type PageChart } from './model';
import { OrdersView } from './ordersView';
import { OverviewView } from './overviewView';
import { ParametersView, StatisticsView } from './statisticsView';

const host = connectHost<ResultHostMessage, ResultPageMessage, ResultPageState>();
const act = (action: PageAction): void => host.post({ type: 'action', action });
const open = (file: string, line: number | undefined): void => host.post({ type: 'open-location', file, ...(line === undefined ? {} : { line }) });
const copy = (text: string): void => host.post({ type: 'copy', text });
const save = (name: string, content: string): void => host.post({ type: 'save', suggestedName: `${last.head?.folderName ?? 'backtest'} ${name}`, content });
const remember = (change: Partial<ResultPageState>): void => host.remember(change);

/** The newest of each snapshot; whatever comes replaces it whole. */
const last: { head: ResultHead | undefined; charts: readonly PageChart[] } = { head: undefined, charts: [] };

const head = new HeadView({ act: (action) => (action === 'show-log' ? tabs.select('log') : act(action)), open });
const charts = new ChartView(host.state, { remember, save, copy });
const overview = new OverviewView((from, to) => charts.zoomTo(from, to));
const orders = new OrdersView({ save, copy, zoomTo: (from, to) => charts.zoomTo(from, to) });
const statistics = new StatisticsView({ copy, save });
const log = new LogView({ copy, save, open });
const parameters = new ParametersView({ copy, save });
const tabs = tabBar(
  [
    { id: 'overview', label: t('Overview'), panel: overview.element },
    { id: 'orders', label: t('Orders'), panel: orders.element },
    { id: 'statistics', label: t('Statistics'), panel: statistics.element },
    { id: 'log', label: t('Log'), panel: log.element },
    { id: 'parameters', label: t('Parameters'), panel: parameters.element },
  ],
  (tab) => remember({ tab }),
);

const emptyText = h('p');
const empty = h('section', { class: 'empty' }, icon('graph-line'), emptyText, button({ label: t('Show log'), icon: 'output', onClick: () => tabs.select('log') }));
const panels = h('div', { class: 'panels' }, overview.element, orders.element, statistics.element, log.element, parameters.element);
const full = h('main', { class: 'page' }, head.element, empty, charts.element, tabs.element, panels);
const loadingText = h('p', { role: 'status' });
const loading = h('main', { class: 'skeleton' }, h('div', { class: 'bone title' }), h('div', { class: 'bone tiles' }), h('div', { class: 'bone chart' }), loadingText);
const errorTitle = h('h1');
const errorText = h('p', { class: 'error-text' });
const errorButtons = h('div', { class: 'toolbar' });
const error = h('main', { class: 'error', role: 'alert' }, icon('error'), errorTitle, errorText, errorButtons);

type Face = 'full' | 'loading' | 'error' | 'none';

function face(which: Face): void {
  show(full, which === 'full');
  show(loading, which === 'loading');
  show(error, which === 'error');
  document.body.dataset['face'] = which;
}

function showEmpty(): void {
  const nothing = last.charts.every((chart) => chart.series.every((series) => series.columns.times.length === 0));
  show(charts.element, !nothing);
  show(empty, nothing);
  if (last.head === undefined) return;
  setText(emptyText, isActive(last.head) ? t('LEAN has written no results yet: the first come some seconds after the start, then every half minute.') : t('This run left no charts. The log says what happened.'));
}

const ERROR_ACTIONS: Readonly<Partial<Record<PageAction, string>>> = { reload: t('Try again'), 'open-result-file': t('Open the file'), 'open-folder': t('Open folder'), 'show-log': t('Show log'), 'run-again': t('Run again') };

function receive(message: ResultHostMessage): void {
  switch (message.type) {
    case 'head':
      last.head = message.head;
      remember({ runId: message.head.runId, ...(message.head.folder === undefined ? {} : { folder: message.head.folder }) });
      document.title = message.head.title;
      head.set(message.head);
      charts.setMoney(message.head.accountCurrency, message.head.timeZone);
      orders.setTimeZone(message.head.timeZone);
      overview.setHead(message.head);
      statistics.set(message.head);
      parameters.set(message.head);
      tabs.setCount('parameters', String(Object.keys(message.head.parameters).length || ''));
      showEmpty();
      clearTimeout(skeleton);
      face('full');
      break;
    case 'charts':
      last.charts = toPageCharts(message.charts);
      charts.setData(last.charts);
      overview.setCharts(last.charts);
      showEmpty();
      break;
    case 'orders':
      orders.set(message.orders, last.head?.partial ?? false);
      charts.setOrders(message.orders);
      tabs.setCount('orders', message.orders.length === 0 ? '' : message.orders.length.toLocaleString('en-US'));
      break;
    case 'log':
      log.add(message.lines, message.reset);
      tabs.setCount('log', log.errors === 0 ? '' : log.errors === 1 ? t('1 error') : t('{0} errors', log.errors));
      break;
    case 'loading':
      setText(loadingText, message.fraction === undefined ? message.text : `${message.text} ${Math.round(message.fraction * 100)} %`);
      break;
    case 'error': {
      setText(errorTitle, message.title);
      setText(errorText, message.message);
      const actions: readonly PageAction[] = [...(message.action === undefined ? [] : [message.action]), 'show-log'];
      errorButtons.replaceChildren(...[...new Set(actions)].map((action, position) => button({ label: ERROR_ACTIONS[action] ?? action, primary: position === 0, onClick: () => act(action) })));
      clearTimeout(skeleton);
      face('error');
      break;
    }
  }
}

function onKey(event: KeyboardEvent): void {
  const typing = event.composedPath().some((target) => target instanceof HTMLInputElement);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    const search = log.element.hidden ? orders.search : log.search;
    if (orders.element.hidden && log.element.hidden) tabs.select('orders');
    event.preventDefault();
    search.focus();
  } else if (event.key === 'F5' && last.head !== undefined && last.head.canRunAgain && !isActive(last.head)) {
    event.preventDefault();
    act('run-again');
  }
}

document.body.append(full, loading, error);
face('none');
// A skeleton that flashes for a moment is worse than nothing.
const skeleton = setTimeout(() => {
  if (document.body.dataset['face'] === 'none') face('loading');
}, 200);
tabs.select(host.state.tab ?? 'overview');
document.addEventListener('keydown', onKey);
window.addEventListener('error', (event) => host.post({ type: 'problem', message: event.message }));
window.addEventListener('unhandledrejection', (event) => host.post({ type: 'problem', message: String(event.reason) }));
host.onMessage(receive);
host.post({ type: 'ready' });
