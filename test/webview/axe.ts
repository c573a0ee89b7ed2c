import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { REPOSITORY } from '../harness/repository';

/** Runs axe-core in a page, past the page's own policy, and gives what it finds in short. */
export class AxeBuilder {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async violations(): Promise<string[]> {
    await this.#page.evaluate(readFileSync(join(REPOSITORY, 'node_modules/axe-core/axe.min.js'), 'utf8') + '; undefined');
    return this.#page.evaluate<string[]>(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.target.join(' ') + ' — ' + node.failureSummary.split('\\n').slice(1).join(';').trim())))`,
    );
  }
}
