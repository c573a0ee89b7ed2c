import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { ROOT } from './manifest';

/** What would be packaged, with the production build that the tier made. */
describe('the package', () => {
  let sizes: Record<string, number>;

  before(() => {
    const listed = execFileSync(process.execPath, [join(ROOT, 'node_modules', '@vscode', 'vsce', 'vsce'), 'ls', '--no-dependencies'], { cwd: ROOT, encoding: 'utf8' });
    sizes = Object.fromEntries(listed.split('\n').map((line) => line.trim()).filter((line) => line !== '' && statSync(join(ROOT, line), { throwIfNoEntry: false })?.isFile() === true).map((line) => [line, statSync(join(ROOT, line)).size]));
  });

  it('holds only what runs, and what a person reads first', () => {
    const files = Object.keys(sizes);
    for (const needed of ['package.json', 'package.nls.json', 'package.nls.de.json', 'media/l10n/bundle.l10n.de.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/extension.js', 'dist/docker.js', 'dist/watcher.js', 'dist/resultWorker.js', 'media/icon.png']) assert.ok(files.includes(needed), needed);
    const strange = files.filter((file) => !/^(?:package(?:\.nls(?:\.[a-z-]+)?)?\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/|media\/|syntaxes\/)/.test(file) || /\.(?:map|ts)$/.test(file));
    assert.deepEqual(strange, []);
  });

  it('has a host bundle of at most 400 kB before lazy chunks, and at most 2 MB in all, uncompressed', () => {
    const dist = join(ROOT, 'dist');
    assert.ok(readdirSync(dist).includes('extension.js'));
    assert.ok((sizes['dist/extension.js'] ?? Infinity) <= 400_000, `extension.js has ${sizes['dist/extension.js'] ?? 0} bytes`);
    const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
    assert.ok(total <= 2_000_000, `all files have ${total} bytes`);
  });
});
