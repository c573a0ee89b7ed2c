import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { translatorOf, type Bundle } from '../../src/base/l10n';
import type { ResultHead } from '../../src/protocol/results';
import { REPOSITORY } from '../harness/repository';
import { readMessages } from '../manifest/messages';
import { PageStage, recorded, type Recorded, type ResultPage } from './support';

const messages = readMessages(['webviews', 'src/ui/webviews']).calls.flatMap(({ message }) => (message === undefined ? [] : [message]));
const pseudo: Bundle = Object.fromEntries(messages.map((message) => [message, `⟦${message}⟧`]));

let stage: PageStage;
let whole: Recorded;
before(async () => {
  stage = await PageStage.open();
  whole = await recorded('daily-multiyear', { title: 'MeanReversion' }, translatorOf(pseudo));
});
after(() => stage.close());

async function withPage(bundle: Bundle, work: (page: ResultPage) => Promise<void>): Promise<void> {
  const page = await stage.page({ bundle });
  try {
    await work(page);
    assert.deepEqual(page.faults, []);
    assert.deepEqual(await page.violations(), []);
  } finally {
    await page.close();
  }
}

/** Every text node, accessible name and hover of a control; but not where values of the run stand. */
const SPOKEN = `(() => {
  const values = 'script, style, dd, h1, td, [role=gridcell], .meta, .readout, .rows dt, .runtime dt, .doubt, .preset, .sort-mark';
  const texts = [];
  for (const element of document.querySelectorAll('body, body *')) {
    if (element.closest(values) !== null) continue;
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    for (const name of ['aria-label', 'placeholder']) texts.push(element.getAttribute(name) ?? '');
    if (element.matches('button, vscode-button')) texts.push(element.getAttribute('title') ?? '');
  }
  return [...texts, ...[...document.querySelectorAll('#panel-overview dt, td button')].map((element) => element.title || element.textContent)];
})()`;

describe('the page in another language', () => {
  it('says every text of its own through its bundle', () =>
    withPage(pseudo, async (page) => {
      for (const message of whole.messages) await page.post(message);
      const texts = await page.page.evaluate<string[]>(SPOKEN);
      for (const phase of ['checking-image', 'pulling', 'warming-up', 'writing-results'] as const) {
        const head: ResultHead = { ...whole.head, state: 'preparing', phase, standIn: true, progress: {}, outcomeMessage: '⟦out of luck⟧', outcomeDetails: '⟦by chance⟧', outcomeKind: 'runtime-error' };
        await page.post({ type: 'head', head });
        const [state = '', ...notes] = await page.page.locator('.state, .notes *').allInnerTexts();
        assert.match(state, /^⟦preparing⟧ · ⟦[a-z ]+⟧$/);
        texts.push(...notes);
      }
      await page.post({ type: 'charts', revision: 9, charts: [] });
      texts.push(...(await page.page.evaluate<string[]>(SPOKEN)));
      await page.post({ type: 'error', title: '⟦broken⟧', message: '⟦why⟧', action: 'open-result-file' });
      texts.push(...(await page.page.evaluate<string[]>(SPOKEN)));
      const left = [...new Set(texts.map((text) => text.trim()).filter((text) => /[a-z]{3}/i.test(text) && !text.includes('⟦')))];
      // Names that LEAN gives to charts and places in the log are its own.
      const own = new Set(whole.result.charts.flatMap((chart) => [chart.name, ...chart.series.map((series) => series.name)]));
      assert.deepEqual(left.filter((text) => !own.has(text) && !/\.(py|cs):\d+/.test(text) && text !== 'LEAN'), []);
      assert.ok(texts.filter((text) => text.includes('⟦')).length > 60, `${texts.length} texts`);
    }));

  it('has its language before the host says anything', () =>
    withPage({ ...pseudo }, async ({ page }) => {
      assert.equal(await page.locator('html').getAttribute('lang'), 'de');
      const tabs = await page.locator('[role=tab]').allTextContents();
      assert.deepEqual(tabs, ['⟦Overview⟧', '⟦Orders⟧', '⟦Statistics⟧', '⟦Log⟧', '⟦Parameters⟧']);
    }));

  it('shows German, numbers as everywhere', async () => {
    const german = JSON.parse(await readFile(join(REPOSITORY, 'media/l10n/bundle.l10n.de.json'), 'utf8')) as Bundle;
    const result = await recorded('daily-multiyear', { title: 'MeanReversion' }, translatorOf(german));
    await withPage(german, async (page) => {
      for (const message of result.messages) await page.post(message);
      assert.match(await page.page.locator('.state').innerText(), /abgeschlossen in 3 s/);
      const tiles = await page.page.locator('.tiles > div').allInnerTexts();
      assert.deepEqual(tiles.map((tile) => tile.replace(/\s+/g, ' ').trim()).slice(0, 5), ['Equity $701,620.26', 'Rendite ▲ +601.62 %', 'Jährlich ▲ +9.71 %', 'Sharpe 0.390', 'Drawdown 42.90 %']);
      assert.match(await page.page.locator('#panel-overview').innerText(), /Monatsrenditen/);
    });
  });

  it('keeps a bundle that holds markup inside its block', () =>
    withPage({ ...pseudo, Overview: '</script><img src=x onerror=alert(1)>' }, async ({ page }) => {
      assert.equal(await page.locator('img').count(), 0);
      assert.equal(await page.locator('#tab-overview').textContent(), '</script><img src=x onerror=alert(1)>');
    }));
});
