import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ResultHostMessage, ResultPageMessage } from '../../src/protocol/results';
import { PageStage, recorded, type Recorded, type ResultPage } from './support';

let stage: PageStage;
let whole: Recorded;
before(async () => {
  stage = await PageStage.open();
  whole = await recorded('daily-multiyear', { title: 'MeanReversion' });
});
after(() => stage.close());

/** A page with messages posted, closed after the test; it must have had no script fault and no policy violation. */
async function withPage(messages: readonly ResultHostMessage[], options: Parameters<PageStage['page']>[0], test: (page: ResultPage) => Promise<void>): Promise<void> {
  const page = await stage.page(options);
  try {
    for (const message of messages) await page.post(message);
    await test(page);
    assert.deepEqual(page.faults, []);
    assert.deepEqual(await page.violations(), []);
  } finally {
    await page.close();
  }
}

const saved = async (page: ResultPage, name: string): Promise<string> => {
  const messages = await page.until((all) => all.some((message) => message.type === 'save' && message.suggestedName.endsWith(name)), `saves ${name}`);
  const found = messages.find((message): message is Extract<ResultPageMessage, { type: 'save' }> => message.type === 'save' && message.suggestedName.endsWith(name));
  return typeof found?.content === 'string' ? found.content : assert.fail('no text');
};

const BLUE = [0x59, 0xa4, 0xf9] as const;
const GREEN = [0x89, 0xd1, 0x85] as const;
const RED = [0xf1, 0x4c, 0x4c] as const;

describe('the first screen', () => {
  it('shows state, figures and runtime statistics from the files', () =>
    withPage(whole.messages, {}, async ({ page }) => {
      assert.equal(await page.locator('h1').first().innerText(), 'MeanReversion');
      assert.match(await page.locator('.state').innerText(), /completed in 3 s/);
      const tiles = await page.locator('.tiles > div').allInnerTexts();
      assert.deepEqual(tiles.map((tile) => tile.replace(/\s+/g, ' ').trim()), ['Equity $701,620.26', 'Return ▲ +601.62 %', 'Annual ▲ +9.71 %', 'Sharpe 0.390', 'Drawdown 42.90 %', 'Orders 112', 'Fees $2,016.07', 'Capacity $190.00 M']);
      const runtime = await page.locator('.runtime > div').allInnerTexts();
      assert.deepEqual(runtime.map((text) => text.split('\n').map((part) => part.trim())), whole.result.runtimeStatistics);
    }));

  it('draws equity, benchmark and drawdown', () =>
    withPage(whole.messages, {}, async (page) => {
      await page.page.waitForTimeout(150);
      const wide = await page.pixels('equity', BLUE);
      assert.ok(wide > 1000, `${wide} pixels of the equity line`);
      assert.ok((await page.pixels('drawdown', RED)) > 500);
      assert.equal(await page.pixels('equity', GREEN), 0);
      await page.page.getByRole('checkbox', { name: 'Candles' }).click();
      await page.page.waitForTimeout(100);
      assert.ok((await page.pixels('equity', GREEN)) > 300, 'rising candles');
      assert.ok((await page.pixels('equity', BLUE)) < wide / 20, 'the line is gone');
    }));

  it('reads out every series under the cursor, in one line', () =>
    withPage(whole.messages, {}, async ({ page }) => {
      const last = await page.locator('.readout').innerText();
      assert.match(last, /^2020-12-31 16:00 .*Equity \$701,620\.26 .*Benchmark \$.* Drawdown −1\.08 %/);
      const box = (await page.locator('[data-pane=drawdown] .u-over').boundingBox()) ?? assert.fail('no pane');
      await page.mouse.move(box.x + box.width / 2, box.y + 10);
      const middle = await page.locator('.readout').innerText();
      assert.match(middle, /^2010-/);
      const lines = await page.evaluate<number[]>(`[...document.querySelectorAll('.u-cursor-x')].map((line) => Math.round(line.getBoundingClientRect().left))`);
      assert.equal(lines.length, 2);
      assert.equal(lines[0], lines[1], 'the cursor stands at the same time in all panes');
    }));

  it('speaks the outcome with a link to its place', async () => {
    const failed = await recorded('runtime-throw', { outcomeLocation: { file: '/q/A.cs', line: 8 } });
    await withPage(failed.messages, {}, async (page) => {
      assert.match(await page.page.getByRole('alert').innerText(), /Strategy blew up/);
      assert.match(await page.page.locator('.state').innerText(), /failed/);
      await page.page.getByRole('button', { name: 'A.cs:8' }).first().click();
      await page.until((all) => all.some((message) => message.type === 'open-location' && message.file === '/q/A.cs' && message.line === 8), 'opens the place');
    });
  });

  it('says that a stand-in computed nothing', async () => {
    const standIn = await recorded('quit', { standIn: true });
    await withPage(standIn.messages, {}, async ({ page }) => assert.match(await page.locator('.note-stand-in').innerText(), /Test stand-in: replayed recording, nothing is computed/));
  });

  it('sends what its buttons ask for', () =>
    withPage(whole.messages, {}, async (page) => {
      for (const name of ['Open folder', 'Open code snapshot', 'Open result file', 'Show launch plan']) await page.page.getByRole('button', { name, exact: true }).click();
      await page.page.locator('vscode-button', { hasText: 'Run again' }).click();
      const actions = (await page.sent()).flatMap((message) => (message.type === 'action' ? [message.action] : []));
      assert.deepEqual(actions, ['open-folder', 'open-code-snapshot', 'open-result-file', 'show-plan', 'run-again']);
    }));
});

describe('zoom', () => {
  it('is shared: drag, wheel, presets, double click', () =>
    withPage(whole.messages, {}, async (result) => {
      const { page } = result;
      const box = (await page.locator('[data-pane=equity] .u-over').boundingBox()) ?? assert.fail('no pane');
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.4, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, y, { steps: 5 });
      await page.mouse.up();
      const dragged = (await result.zoom()) ?? assert.fail('dragging did not zoom');
      const year = (seconds: number): number => new Date(seconds * 1000).getUTCFullYear();
      assert.deepEqual(dragged.map(year), [2008, 2012]);
      await page.mouse.move(box.x + box.width / 2, y);
      await page.mouse.wheel(0, -300);
      const wheeled = (await result.zoom()) ?? assert.fail();
      assert.ok(wheeled[1] - wheeled[0] < (dragged[1] - dragged[0]) * 0.8, 'the wheel zooms in');
      await page.mouse.dblclick(box.x + box.width / 2, y);
      assert.equal(await result.zoom(), null);
      await page.getByRole('button', { name: '1Y' }).click();
      const preset = (await result.zoom()) ?? assert.fail();
      assert.equal(Math.round((preset[1] - preset[0]) / 86_400), 366);
      assert.equal(await page.getByRole('button', { name: '1Y' }).getAttribute('aria-pressed'), 'true');
    }));

  it('works by keyboard, and the cursor is spoken', () =>
    withPage(whole.messages, {}, async (result) => {
      const { page } = result;
      await page.locator('.chart-group').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      assert.match(await page.locator('.charts [role=status]').first().innerText(), /^2000-01-.*Equity/);
      await page.keyboard.press('+');
      const zoomed = (await result.zoom()) ?? assert.fail('plus did not zoom');
      await page.keyboard.press('Shift+ArrowRight');
      const panned = (await result.zoom()) ?? assert.fail();
      assert.ok(panned[0] > zoomed[0]);
      assert.ok(Math.abs(panned[1] - panned[0] - (zoomed[1] - zoomed[0])) < 1, 'panning keeps the span');
      await page.keyboard.press('0');
      assert.equal(await result.zoom(), null);
    }));

  it('is restored from what the page remembered', () =>
    withPage(whole.messages, { state: { zoom: [1_262_304_000, 1_293_840_000], tab: 'log', candles: true } }, async (result) => {
      assert.deepEqual(await result.zoom(), [1_262_304_000, 1_293_840_000]);
      assert.match(await result.page.locator('.readout').innerText(), /^201[01]-/);
      assert.equal(await result.page.getByRole('tab', { name: /Log/ }).getAttribute('aria-selected'), 'true');
    }));

  it('of a drawdown or month in the overview shows it', () =>
    withPage(whole.messages, {}, async (result) => {
      await result.page.locator('.months button[title^="Mar 2020"]').click();
      const [from, to] = (await result.zoom()) ?? assert.fail('no zoom');
      assert.ok(from < Date.UTC(2020, 2, 3) / 1000 && to > Date.UTC(2020, 2, 30) / 1000);
    }));
});

describe('further charts', () => {
  it('can be chosen, and all of LEAN’s are there', () =>
    withPage(whole.messages, {}, async (result) => {
      const { page } = result;
      const names = (await page.locator('.charts vscode-option').allInnerTexts()).map((text) => text.trim());
      for (const { name } of whole.result.charts) if (!['Strategy Equity', 'Benchmark', 'Drawdown'].includes(name)) assert.ok(names.includes(name), `${name} in ${names.join(', ')}`);
      await page.locator('.charts vscode-dropdown').click();
      await page.locator('.charts vscode-option', { hasText: 'Alloc' }).click();
      await page.locator('[data-pane="chart-Alloc-0"] canvas').waitFor();
      assert.match(await page.locator('.readout').innerText(), /IBM 23\.2994 %/);
      assert.equal((await result.state())['chart'], 'Alloc');
    }));

  it('are offered as a table, with every point', () =>
    withPage(whole.messages, {}, async ({ page }) => {
      await page.getByRole('button', { name: 'Show as table' }).click();
      const grid = page.getByRole('grid', { name: /Equity, benchmark/ });
      const equity = whole.result.charts.find((chart) => chart.name === 'Strategy Equity')?.series.find((series) => series.name === 'Equity');
      assert.equal(await grid.getAttribute('aria-rowcount'), String((equity?.times.length ?? 0) + 1));
      assert.match(await grid.getByRole('row').nth(1).innerText(), /2000-01-01 00:00:00\s+100000/);
    }));
});

describe('tabs', () => {
  it('orders sort, filter, copy and save as CSV', () =>
    withPage(whole.messages, {}, async (result) => {
      const { page } = result;
      await page.getByRole('tab', { name: /Orders/ }).click();
      const rows = page.locator('.panel:not([hidden]) .table-space .table-row');
      const grid = page.getByRole('grid', { name: 'Orders' });
      await rows.first().waitFor();
      const value = page.getByRole('columnheader', { name: 'Value' });
      await value.getByRole('button').click();
      await value.getByRole('button').click();
      assert.equal(await value.getAttribute('aria-sort'), 'descending');
      const largest = [...whole.result.orders].sort((a, b) => b.value - a.value)[0] ?? assert.fail();
      assert.match(await page.locator('[aria-rowindex="2"]:visible').first().innerText(), new RegExp(`^${largest.id}\\b`));
      await page.keyboard.press('/');
      await page.keyboard.type('sell ibm');
      const expected = whole.result.orders.filter((order) => order.symbol === 'IBM' && order.direction === 'Sell').length;
      assert.equal(await page.locator('.panel:not([hidden]) .count').innerText(), `${expected} of 112 orders`);
      assert.equal(await grid.getAttribute('aria-rowcount'), String(expected + 1));
      await page.locator('.panel:not([hidden]) vscode-button', { hasText: 'CSV' }).click();
      const csv = (await saved(result, 'orders.csv')).trim().split('\r\n');
      assert.equal(csv.length, expected + 1);
      const fields = csv[1]?.split(',') ?? [];
      const order = whole.result.orders.find((item) => item.id === Number(fields[0])) ?? assert.fail('unknown order');
      assert.deepEqual([fields[2], fields[5], Number(fields[6]), Number(fields[7])], ['IBM', 'Sell', order.quantity, order.price]);
      await page.keyboard.press('/');
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.panel:not([hidden]) .count').innerText(), '112 orders');
      await grid.focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Shift+ArrowDown');
      await page.keyboard.press('Control+c');
      const copied = (await result.until((all) => all.some((message) => message.type === 'copy'), 'copies')).find((message) => message.type === 'copy');
      assert.equal(copied?.type === 'copy' && copied.text.split('\n').length, 2);
    }));

  it('orders of 200,000 rows scroll and filter at once', async () => {
    const base = whole.result.orders[0] ?? assert.fail();
    const many = Array.from({ length: 200_000 }, (_, index) => ({ ...base, id: index + 1, symbol: `S${index % 500}`, value: (index * 7919) % 100_003 }));
    await withPage([...whole.messages, { type: 'orders', revision: 2, orders: many }], {}, async ({ page }) => {
      await page.getByRole('tab', { name: /Orders/ }).click();
      const grid = page.getByRole('grid', { name: 'Orders' });
      await page.locator('.panel:not([hidden]) .table-space .table-row').first().waitFor();
      const began = Date.now();
      await grid.focus();
      await page.keyboard.press('End');
      await page.locator('.table-row', { hasText: '200000' }).waitFor();
      assert.ok((await page.locator('.table-row').count()) < 200, 'only the rows in sight are drawn');
      assert.ok(Date.now() - began < 1500, `${Date.now() - began} ms to the end`);
      await page.keyboard.press('/');
      await page.keyboard.type('s499');
      assert.equal(await page.locator('.panel:not([hidden]) .count').innerText(), '400 of 200,000 orders');
    });
  });

  it('statistics show every text LEAN gave', () =>
    withPage(whole.messages, {}, async ({ page }) => {
      await page.getByRole('tab', { name: 'Statistics' }).click();
      const shown = await page.locator('.panel:not([hidden]) .rows > div').allInnerTexts();
      const values = shown.map((text) => text.split('\n').map((part) => part.trim()));
      for (const [name, text] of whole.result.statistics) assert.ok(values.some(([label, value]) => label === name && value === text), name);
      assert.equal(shown.length, whole.head.statistics.reduce((sum, group) => sum + group.rows.length, 0));
    }));

  it('log is searched, filtered by level, and links to files', async () => {
    const failed = await recorded('runtime-throw');
    await withPage(failed.messages, {}, async (result) => {
      const { page } = result;
      await page.getByRole('tab', { name: /Log/ }).click();
      await page.locator('.log .table-space .table-row').first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('blew up');
      const first = page.locator('.log .table-space .table-row').first();
      assert.match(await first.innerText(), /blew up/);
      assert.match(await first.getAttribute('class') ?? '', /log-error/);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.locator('.log vscode-dropdown').click();
      await page.locator('.log vscode-option', { hasText: 'Errors' }).click();
      const link = page.locator('.log .link', { hasText: '/LeanCLI/A.cs:line 8' }).first();
      await link.click();
      await result.until((all) => all.some((message) => message.type === 'open-location' && message.file === '/LeanCLI/A.cs' && message.line === 8), 'opens the place');
    });
  });

  it('parameters are listed and copied', async () => {
    const some = await recorded('quit', { parameters: { 'ema-fast': '10', slow: '20' } });
    await withPage(some.messages, {}, async (result) => {
      await result.page.getByRole('tab', { name: /Parameters/ }).click();
      await result.page.locator('.panel:not([hidden]) vscode-button', { hasText: 'Copy as JSON' }).click();
      const copied = (await result.until((all) => all.some((message) => message.type === 'copy'), 'copies')).find((message) => message.type === 'copy');
      assert.deepEqual(JSON.parse(copied?.type === 'copy' ? copied.text : '{}'), { 'ema-fast': '10', slow: '20' });
    });
  });
});
