import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import type { BacktestResult } from '../../src/lean/result';
import { parseBacktestResult, resultFileKind } from '../../src/lean/resultParse';
import { currencyInText, numberInText } from '../../src/lean/resultStatistics';
import { engineRecordings, RECORDINGS, type EngineRecording } from './resultRecordings';

const recordings = engineRecordings();

function parse(recording: EngineRecording): BacktestResult {
  const events = recording.eventsFile === undefined ? undefined : { file: recording.eventsFile, text: readFileSync(recording.eventsFile, 'utf8') };
  return parseBacktestResult({ file: recording.file, text: recording.text, ...(events === undefined ? {} : { events }) });
}

const fromObject = (json: unknown): BacktestResult => parseBacktestResult({ file: '/x/A.json', text: JSON.stringify(json) });
const MINIMAL = { charts: {}, orders: {}, statistics: {}, runtimeStatistics: {}, state: { Status: 'Completed' } };

describe('results of the real engine', () => {
  it('are all there to be compared', () => assert.ok(recordings.length >= 14, `${recordings.length} recordings`));

  for (const recording of recordings) {
    describe(recording.name, () => {
      const result = parse(recording);

      it('is read without a doubt', () => assert.deepEqual(result.warnings, []));

      it('has every statistic the engine wrote, in its order and words', () => {
        assert.deepEqual(result.statistics, Object.entries(recording.json.statistics));
        assert.deepEqual(result.runtimeStatistics, Object.entries(recording.json.runtimeStatistics));
        const performance = recording.json.totalPerformance;
        const texts = (rows: Readonly<Record<string, string | number | null>>): [string, string][] => Object.entries(rows).filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]);
        assert.deepEqual(result.portfolioStatistics, texts(performance?.portfolioStatistics ?? {}));
        assert.deepEqual(result.tradeStatistics, texts(performance?.tradeStatistics ?? {}));
      });

      it('has every chart, series and point', () => {
        assert.deepEqual(result.charts.map((chart) => chart.name), Object.keys(recording.json.charts));
        for (const chart of result.charts) {
          const written = recording.json.charts[chart.name]?.series ?? {};
          assert.deepEqual(chart.series.map((series) => series.name), Object.keys(written));
          for (const series of chart.series) {
            const values = written[series.name]?.values ?? [];
            assert.equal(series.times.length, values.length, `${chart.name}/${series.name}`);
            for (const [index, value] of values.entries()) {
              const point = 'x' in value ? [value.x, value.y] : value;
              assert.equal(series.times[index], point[0]);
              assert.equal(series.values[index], point.at(-1) ?? NaN);
              if (point.length === 5) assert.deepEqual([series.open?.[index], series.high?.[index], series.low?.[index]], point.slice(1, 4));
            }
          }
        }
      });

      it('has every order, with the fees and fills of its events', () => {
        const written = Object.values(recording.json.orders).sort((a, b) => a.id - b.id);
        assert.deepEqual(result.orders.map((order) => [order.id, order.quantity, order.price, order.value, order.tag, order.symbol, order.time]), written.map((order) => [order.id, order.quantity, order.price, order.value, order.tag, order.symbol.value, Date.parse(order.time) / 1000]));
        for (const order of result.orders) {
          const events = recording.events.filter((event) => event.orderId === order.id && (event.fillQuantity !== 0 || event.orderFeeAmount !== undefined));
          const fee = events.length === 0 ? undefined : events.reduce((sum, event) => sum + (event.orderFeeAmount ?? 0), 0);
          assert.equal(order.fee, fee);
          const fills = events.filter((event) => event.fillQuantity !== 0).map((event) => event.time);
          if (fills.length > 0) assert.equal(order.lastFillTime, Math.max(...fills));
        }
      });

      it('has the state and parameters of the file', () => {
        assert.equal(result.state.status, recording.json.state['Status']);
        assert.equal(result.state.runtimeError, recording.json.state['RuntimeError']);
        assert.equal(result.partial, recording.json.state['Status'] === 'Running');
        assert.deepEqual(result.parameters, recording.json.algorithmConfiguration?.parameters ?? {});
      });
    });
  }

  it('give key figures as fractions and money', () => {
    const figures = (name: string): BacktestResult['figures'] => parse(recordings.find((recording) => recording.name === name) ?? assert.fail(name)).figures;
    assert.deepEqual(figures('order-types'), { netProfit: -0.00067, sharpeRatio: -9.479, drawdown: 0.001, totalOrders: 10, totalFees: 8, compoundingAnnualReturn: -0.05082, endEquity: 99933.33, capacity: 17_000_000 });
    assert.deepEqual(figures('daily-multiyear'), { netProfit: 6.0162, sharpeRatio: 0.39, drawdown: 0.429, totalOrders: 112, totalFees: 2016.07, compoundingAnnualReturn: 0.09714, endEquity: 701620.26, capacity: 190_000_000 });
    // Partial: only what the runtime statistics and charts tell.
    assert.deepEqual(figures('slow-progress-midrun'), { netProfit: -0.0006, drawdown: 0.0007, totalOrders: 9, totalFees: 9, endEquity: 99942.02 });
    // Failed in Initialize: the engine's zeros mean that nothing was measured.
    assert.deepEqual(figures('py-pysyntax'), { totalOrders: 0 });
  });

  it('tell the account currency, the range and the time zone', () => {
    const result = parse(recordings.find((recording) => recording.name === 'order-types') ?? assert.fail());
    assert.equal(result.accountCurrency, 'USD');
    assert.equal(result.timeZone, 'America/New_York');
    assert.equal(result.rangeStart, Date.UTC(2013, 9, 7) / 1000);
    assert.equal(result.rangeEnd, Date.UTC(2013, 9, 11, 23, 59, 59) / 1000);
    assert.ok((result.analysis ?? []).some((finding) => finding.name === 'FlatEquityCurveAnalysis' && finding.solutions.length > 0));
  });

  it('speak the numbers of order types, statuses and sides in words', () => {
    const result = parse(recordings.find((recording) => recording.name === 'order-types') ?? assert.fail());
    const words = result.orders.map((order) => [order.type, order.status, order.direction, order.securityType].join(' '));
    assert.equal(words[0], 'Market Filled Buy Equity');
    assert.equal(words[1], 'Limit Filled Buy Equity');
    assert.ok(words.some((word) => word.includes('Canceled')) && words.some((word) => word.includes('Invalid')), words.join('; '));
  });
});

describe('files of a result folder', () => {
  const kind = (file: string): string => resultFileKind(JSON.parse(readFileSync(join(RECORDINGS, file), 'utf8')) as never);
  it('are told by content', () => {
    assert.equal(kind('order-types/OrderTypesAlgorithm.json'), 'backtest');
    assert.equal(kind('order-types/OrderTypesAlgorithm-summary.json'), 'summary');
    assert.equal(kind('order-types/OrderTypesAlgorithm-order-events.json'), 'order-events');
    assert.equal(kind('live-paper/LiveDemoAlgorithm.json'), 'live');
    assert.equal(kind('daily-multiyear/DailyMultiYearAlgorithm/alpha-results.json'), 'insights');
    assert.equal(kind('order-types/config.json'), 'other');
  });
});

describe('older and odd results', () => {
  it('are read in PascalCase with points as objects', () => {
    const result = fromObject({
      Charts: { 'Strategy Equity': { Name: 'Strategy Equity', Series: { Equity: { Name: 'Equity', Unit: '$', SeriesType: 0, Values: [{ x: 1381118400, y: 100000 }, { x: 1381204800, y: null }, { x: 1381291200, y: 100500.5 }] } } } },
      Orders: { 1: { Type: 0, Id: 1, Symbol: { Value: 'SPY', ID: 'SPY R735QTJ8XC9X' }, Price: 100, PriceCurrency: 'USD', Time: '2013-10-07T13:35:00', Quantity: -5, Status: 3, SecurityType: 1, Direction: 1, Value: -500, Tag: null } },
      Statistics: { 'Total Trades': '1', 'Net Profit': '0.5%' },
      RuntimeStatistics: { Equity: '€100,500.50' },
    });
    const equity = result.charts[0]?.series[0];
    assert.deepEqual(Array.from(equity?.values ?? []), [100000, NaN, 100500.5]);
    assert.equal(result.orders[0]?.symbol, 'SPY');
    assert.equal(result.orders[0].time, Date.UTC(2013, 9, 7, 13, 35) / 1000);
    assert.equal(result.orders[0].direction, 'Sell');
    assert.equal(result.figures.totalOrders, 1);
    assert.equal(result.figures.netProfit, 0.005);
    assert.equal(result.accountCurrency, 'EUR');
    assert.deepEqual(result.warnings, []);
  });

  it('take NaN and Infinity as texts and numbers as texts', () => {
    const result = fromObject({ ...MINIMAL, charts: { C: { name: 'C', series: { S: { name: 'S', seriesType: 0, values: [[1, 'NaN'], [2, 'Infinity'], [3, '-Infinity'], [4, '1.5e3'], [5, null]] } } } } });
    assert.deepEqual(Array.from(result.charts[0]?.series[0]?.values ?? []), [NaN, Infinity, -Infinity, 1500, NaN]);
  });

  it('turn what cannot be read into warnings with a place, and keep the rest', () => {
    const order = { type: 99, id: 7, symbol: 'SPY', price: 'dear', time: 'yesterday', quantity: 3, status: 3, securityType: 1, direction: 0 };
    const result = fromObject({ ...MINIMAL, orders: { 7: order, 8: null, 9: 'x' }, charts: { C: 5, D: { series: { S: { values: [[1, 2], 'oops', [3], [4, 5]] } } } }, statistics: { 'Sharpe Ratio': '1.5', Broken: {} } });
    assert.equal(result.orders.length, 1);
    assert.equal(result.orders[0]?.type, 'type 99');
    assert.deepEqual(Array.from(result.charts[0]?.series[0]?.times ?? []), [1, 4]);
    assert.equal(result.figures.sharpeRatio, 1.5);
    for (const place of ['charts.C', 'charts.D.series.S.values.1', 'orders.7.type', 'orders.7.price', 'orders.7.time', 'orders.8', 'statistics.Broken']) {
      assert.ok(result.warnings.some((warning) => warning.startsWith(`${place}:`)), `${place} in ${result.warnings.join(' | ')}`);
    }
  });

  it('keep markup as text', () => {
    const result = fromObject({ ...MINIMAL, statistics: { '<b>x</b>': '<img src=x onerror=alert(1)>' } });
    assert.deepEqual(result.statistics, [['<b>x</b>', '<img src=x onerror=alert(1)>']]);
  });
});

describe('broken files', () => {
  const fault = (text: string): WorkbenchError => {
    try {
      parseBacktestResult({ file: '/x/A.json', text });
    } catch (error) {
      if (error instanceof WorkbenchError) return error;
      throw error;
    }
    return assert.fail('it was read');
  };

  it('that are cut off say where they end', () => {
    const error = fault('{\n  "charts": {\n    "A": [1, 2');
    assert.equal(error.reason, 'file-invalid');
    assert.deepEqual(error.location, { file: '/x/A.json', line: 3, column: 15 });
    assert.match(error.message, /ends too early/);
  });

  it('that are not JSON say where', () => {
    const error = fault('{ "charts": {},\n "orders": oops }');
    assert.equal(error.reason, 'file-invalid');
    assert.equal(error.location?.line, 2);
    assert.equal(error.location.column, 12);
  });

  it('that are empty or something else say so', () => {
    assert.equal(fault('  \n').reason, 'file-empty');
    assert.match(fault('[]').message, /not the result of a backtest/);
    assert.match(fault('{"a":1}').message, /some other JSON/);
  });

  it('of order events cost the fees only', () => {
    const result = parseBacktestResult({ file: '/x/A.json', text: JSON.stringify(MINIMAL), events: { file: '/x/A-order-events.json', text: '[{"orderId":' } });
    assert.equal(result.warnings.length, 1);
    assert.match(result.warnings[0] ?? '', /order events.*ends too early/);
  });
});

describe('numbers in texts', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['$99,933.33', 99933.33], ['$-66.67', -66.67], ['-$8.00', -8], ['0.39', 0.39], ['-0.07 %', -0.0007], ['1.655%', 0.01655], ['1.2E-05', 0.000012], ['N/A', undefined], ['NaN', undefined], ['', undefined], ['€1,234', 1234], ['USDT 5', 5], ['-.5', -0.5], ['0%', 0],
  ];
  for (const [text, value] of cases) it(`"${text}" is ${value ?? 'none'}`, () => assert.equal(numberInText(text), value));
  it('their currency is told by its symbol', () => {
    assert.deepEqual(['$1', '-€2', '£3', 'USDT 4', '5', undefined].map(currencyInText), ['USD', 'EUR', 'GBP', 'USDT', undefined, undefined]);
  });
});
