import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buildCharts } from '../../src/ui/webviews/resultPresenter';
import { AxeBuilder } from './axe';
import { PageStage, recorded } from './support';
import type { ThemeName } from './themes';

let stage: PageStage;
before(async () => {
  stage = await PageStage.open();
});
after(() => stage.close());

const EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

describe('the five states', () => {
  it('loading shows a skeleton only after a moment', async () => {
    const result = await stage.page();
    await result.post({ type: 'loading', text: 'Reading the result…' });
    await result.page.locator('.skeleton').waitFor({ timeout: 2000 });
    assert.match(await result.page.locator('.skeleton').innerText(), /Reading the result/);
    const faces = await result.page.evaluate<{ face: string; at: number }[]>('window.faces');
    assert.deepEqual(faces.map(({ face }) => face), ['none', 'loading']);
    const waited = (faces[1]?.at ?? 0) - (faces[0]?.at ?? 0);
    assert.ok(waited >= 150, `a skeleton after ${waited} ms`);
    await result.close();
  });

  it('error says what, why, and offers one action and the log', async () => {
    const result = await stage.page();
    await result.post({ type: 'error', title: 'The result file is damaged', message: 'It ends too early at line 3.', action: 'open-result-file' });
    assert.match(await result.page.getByRole('alert').innerText(), /damaged[\s\S]*ends too early at line 3/);
    await result.page.locator('vscode-button', { hasText: 'Open the file' }).click();
    await result.page.locator('.error vscode-button', { hasText: 'Show log' }).click();
    const actions = (await result.sent()).flatMap((message) => (message.type === 'action' ? [message.action] : []));
    assert.deepEqual(actions, ['open-result-file', 'show-log']);
    await result.close();
  });

  it('empty says what to expect, and full takes its place', async () => {
    const none = await recorded('py-pysyntax');
    const some = await recorded('quit');
    const result = await stage.page();
    for (const message of none.messages) await result.post(message);
    assert.match(await result.page.locator('.empty').innerText(), /left no charts/);
    assert.equal(await result.page.locator('.chart-group').isVisible(), false);
    for (const message of some.messages) await result.post(message);
    assert.equal(await result.page.locator('.empty').isVisible(), false);
    await result.page.locator('[data-pane=equity] canvas').waitFor();
    await result.close();
  });

  it('partial shows what there is, and that it goes on', async () => {
    const partial = await recorded('slow-progress-midrun', { state: 'running', phase: 'running', progress: { fraction: 0.34, secondsLeft: 70, simulatedTo: 1_274_364_000 } });
    const result = await stage.page();
    for (const message of partial.messages) await result.post(message);
    assert.match(await result.page.locator('.state').innerText(), /running · 34 % · 2010-05-20 · 1 m 10 s left/);
    assert.equal(await result.page.getByRole('progressbar').getAttribute('aria-valuenow'), '34');
    const tiles = (await result.page.locator('.tiles > div').allInnerTexts()).map((tile) => tile.replace(/\s+/g, ' ').trim());
    assert.ok(tiles.includes('Sharpe —') && tiles.includes('Capacity —') && tiles.includes('Orders 9'), tiles.join(' | '));
    await result.page.locator('vscode-button', { hasText: 'Stop' }).click();
    await result.until((all) => all.some((message) => message.type === 'action' && message.action === 'stop'), 'stops');
    await result.page.getByRole('tab', { name: 'Statistics' }).click();
    await result.page.getByRole('tab', { name: /Orders/ }).click();
    assert.match(await result.page.locator('.panel:not([hidden])').innerText(), /last 100 only/);
    await result.close();
  });
});

describe('live updates', () => {
  it('keep zoom, tab, and places of the tiles', async () => {
    const partial = await recorded('slow-progress-midrun', { state: 'running', phase: 'running' });
    const final = await recorded('slow-progress');
    const result = await stage.page();
    const { page } = result;
    for (const message of partial.messages) await result.post(message);
    await page.getByRole('button', { name: '1M' }).click();
    const zoom = await result.zoom();
    assert.ok(zoom !== null);
    await page.getByRole('tab', { name: /Orders/ }).click();
    const placesOf = (): Promise<string> => page.evaluate<string>(`JSON.stringify([...document.querySelectorAll('.tiles dt')].map((item) => { const box = item.getBoundingClientRect(); return [item.textContent, box.x, box.y]; }))`);
    const before = await placesOf();
    assert.match(before, /Equity/);
    for (const message of final.messages) await result.post(message);
    assert.deepEqual(await result.zoom(), zoom, 'the zoom stays where the person put it');
    assert.equal(await placesOf(), before, 'nothing jumps');
    assert.equal(await page.getByRole('tab', { name: /Orders/ }).getAttribute('aria-selected'), 'true');
    assert.match(await page.locator('.panel:not([hidden]) .count').innerText(), /^76 orders/);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    assert.match(await page.locator('.readout').innerText(), /^2012-12-31/);
    assert.deepEqual(result.faults, []);
    await result.close();
  });

  it('grow with the data while everything is shown', async () => {
    const partial = await recorded('slow-progress-midrun', { state: 'running', phase: 'running' });
    const final = await recorded('slow-progress', { state: 'running' });
    const result = await stage.page();
    for (const message of partial.messages) await result.post(message);
    assert.match(await result.page.locator('.readout').innerText(), /^2010-05-20/);
    await result.post({ type: 'charts', revision: 2, charts: buildCharts(final.result) });
    assert.match(await result.page.locator('.readout').innerText(), /^2012-12-31/);
    assert.equal(await result.zoom(), null);
    await result.close();
  });
});

describe('texts from files', () => {
  it('are shown as texts: no markup, no script', async () => {
    const evil = await recorded('quit', { title: EVIL, projectName: EVIL, outcomeKind: 'runtime-error', outcomeMessage: EVIL, outcomeDetails: EVIL, warnings: [EVIL], parameters: { [EVIL]: EVIL }, runtimeStatistics: [[EVIL, EVIL]], statistics: [{ title: EVIL, rows: [[EVIL, EVIL]] }], analysis: [{ name: EVIL, issue: EVIL, solutions: [EVIL] }] });
    const order = evil.result.orders[0] ?? assert.fail('no order');
    const result = await stage.page();
    const { page } = result;
    await result.post({ type: 'head', head: evil.head });
    await result.post({ type: 'charts', revision: 1, charts: buildCharts(evil.result).map((chart) => ({ ...chart, name: chart.name === 'Exposure' ? EVIL : chart.name })) });
    await result.post({ type: 'orders', revision: 1, orders: [{ ...order, symbol: EVIL, tag: EVIL }] });
    await result.post({ type: 'log', reset: true, lines: [{ level: 'error', text: `20261121 08:28:07.232 ERROR:: ${EVIL}` }] });
    assert.equal(await page.locator('h1').first().innerText(), EVIL);
    for (const tab of ['Overview', 'Orders', 'Statistics', 'Log', 'Parameters']) {
      await page.getByRole('tab', { name: new RegExp(tab) }).click();
      await page.locator('.panel:not([hidden])', { hasText: '<img src=x' }).waitFor();
    }
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate('window.hacked'), undefined);
    assert.deepEqual(await result.violations(), []);
    await result.close();
  });
});

describe('keyboard only', () => {
  it('reaches every part and moves through the tabs', async () => {
    const whole = await recorded('order-types');
    const result = await stage.page();
    const { page } = result;
    for (const message of whole.messages) await result.post(message);
    const reached = new Set<string>();
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate<string>(`(() => { const at = document.activeElement; return at.getAttribute('role') === 'tab' ? 'tab' : at.classList.contains('chart-group') ? 'chart' : at.tagName.toLowerCase() + ' ' + (at.getAttribute('aria-label') ?? at.textContent.trim()).slice(0, 30); })()`));
    }
    for (const part of ['vscode-button Open folder', 'vscode-button Run again', 'button All', 'chart', 'tab', 'vscode-dropdown Further chart']) assert.ok(reached.has(part), `${part} in ${[...reached].join(', ')}`);
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('tab', { name: /Orders/ }).getAttribute('aria-selected'), 'true');
    await page.keyboard.press('End');
    assert.equal(await page.getByRole('tab', { name: /Parameters/ }).getAttribute('aria-selected'), 'true');
    await page.keyboard.press('F5');
    await result.until((all) => all.some((message) => message.type === 'action' && message.action === 'run-again'), 'runs again');
    await result.close();
  });
});

describe('accessibility', () => {
  for (const theme of ['dark', 'light', 'high-contrast'] as const satisfies readonly ThemeName[]) {
    it(`has no fault that axe finds in ${theme}`, async () => {
      const whole = await recorded('runtime-throw', { standIn: true, warnings: ['Few trades.'], outcomeLocation: { file: '/q/A.cs', line: 8 } });
      const result = await stage.page({ theme });
      for (const message of whole.messages) await result.post(message);
      for (const tab of ['Overview', 'Orders', 'Statistics', 'Log', 'Parameters']) {
        await result.page.getByRole('tab', { name: new RegExp(tab) }).click();
        await result.page.waitForTimeout(60);
        assert.deepEqual(await new AxeBuilder(result.page).violations(), [], tab);
      }
      await result.close();
    });
  }

  it('keeps the colour keys those of the lines when the theme changes', async () => {
    const whole = await recorded('order-types');
    const result = await stage.page({ theme: 'dark' });
    for (const message of whole.messages) await result.post(message);
    const tint = (): Promise<string> => result.page.evaluate<string>(`getComputedStyle(document.querySelector('.readout .key')).color`);
    const dark = await tint();
    await result.page.evaluate(`document.documentElement.style.setProperty('--vscode-charts-blue', 'rgb(1, 2, 3)')`);
    await result.page.waitForTimeout(50);
    assert.notEqual(dark, 'rgb(1, 2, 3)');
    assert.equal(await tint(), 'rgb(1, 2, 3)');
    await result.close();
  });

  it('summarizes the charts for a screen reader', async () => {
    const whole = await recorded('order-types');
    const result = await stage.page();
    for (const message of whole.messages) await result.post(message);
    assert.match((await result.page.locator('#chart-summary').textContent()) ?? '', /Equity from 2013-10-07 to 2013-10-11: −0\.07 %, 397 points, deepest drawdown/);
    await result.close();
  });

  it('is one column when narrow: nothing is cut off sideways', async () => {
    const whole = await recorded('daily-multiyear');
    const result = await stage.page({ width: 420, height: 900 });
    for (const message of whole.messages) await result.post(message);
    const { scroll, client } = await result.page.evaluate<{ scroll: number; client: number }>('({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth })');
    assert.ok(scroll <= client, `${scroll} > ${client}`);
    const columns = await result.page.evaluate<number>(`new Set([...document.querySelectorAll('.panel:not([hidden]) .group:not([hidden])')].map((item) => Math.round(item.getBoundingClientRect().left))).size`);
    assert.equal(columns, 1);
    await result.close();
  });
});
