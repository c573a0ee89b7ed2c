import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMANDS, CONTEXT_KEYS, LANGUAGES, PANELS, TASK_TYPE, VIEW_CONTAINERS, VIEWS } from '../../src/manifest/ids';
import { manifest, ROOT, text, words, worded } from './manifest';

const { contributes } = manifest;
const sorted = (values: Iterable<string>): string[] => [...values].sort();

describe('commands', () => {
  it('contributed = COMMANDS', () => {
    assert.deepEqual(sorted(contributes.commands.map(({ command }) => command)), sorted(Object.values(COMMANDS)));
  });

  it('registered = COMMANDS: the table of handlers names each exactly once', () => {
    const source = text('src', 'ui', 'commands', 'register.ts');
    const table = /const HANDLERS[^{]*= \{([\s\S]*?)\n\};/.exec(source)?.[1];
    assert.ok(table !== undefined);
    const names = [...table.matchAll(/^ {2}(\w+)(?:[:,(]|$)/gm)].map((match) => match[1] ?? '');
    assert.deepEqual(sorted(names), sorted(Object.keys(COMMANDS)));
  });

  it('each has a title, the category LEAN and an icon that VS Code has', () => {
    const css = text('node_modules', '@vscode', 'codicons', 'dist', 'codicon.css');
    const known = new Set([...css.matchAll(/\.codicon-([a-z0-9-]+):before/g)].map((match) => match[1]));
    for (const { command, title, category, icon } of contributes.commands) {
      assert.equal(category, 'LEAN', command);
      assert.ok(worded(title).length > 3, command);
      const name = /^\$\(([a-z0-9-]+)\)$/.exec(icon ?? '')?.[1];
      assert.ok(name !== undefined && known.has(name), `${command} has the icon ${icon ?? 'none'}`);
    }
  });

  it('menus, key bindings and welcome links only name commands there are', () => {
    const ours = new Set<string>(Object.values(COMMANDS));
    for (const [menu, items] of Object.entries(contributes.menus)) {
      for (const { command } of items) assert.ok(ours.has(command), `${menu}: ${command}`);
    }
    for (const { command } of contributes.keybindings) assert.ok(ours.has(command), command);
    for (const { contents } of contributes.viewsWelcome) {
      for (const [, command = ''] of worded(contents).matchAll(/command:([\w.]+)/g)) {
        assert.ok(ours.has(command) || /^(vscode|workbench)\./.test(command), command);
      }
    }
  });

  it('a row has at most three inline actions of each kind of row', () => {
    const inline = (contributes.menus['view/item/context'] ?? []).filter(({ group }) => group?.startsWith('inline'));
    const rows = ['workspace', 'library', 'project;runnable;python', 'project;csharp', 'runGroup', 'run;backtest;active;result;plan', 'run;backtest;final;result;plan', 'run;live;final'];
    for (const row of rows) {
      const fitting = inline.filter(({ when }) => {
        const pattern = /viewItem =~ \/(.+)\/$/.exec(when ?? '')?.[1];
        assert.ok(pattern !== undefined, when);
        return new RegExp(pattern).test(row);
      });
      assert.ok(fitting.length <= 3, `${row}: ${fitting.map(({ command }) => command).join(', ')}`);
    }
  });

  it('is never destructive under a plain key in the editor', () => {
    for (const { command, key, when } of contributes.keybindings) {
      if (command === COMMANDS.deleteRun || command === COMMANDS.kill) assert.match(when ?? '', /focusedView == lean\.workspaces/, key);
    }
  });
});

describe('when clauses', () => {
  /** Keys of VS Code that we use; anything else must be ours. */
  const OF_VSCODE = new Set(['view', 'viewItem', 'focusedView', 'isWorkspaceTrusted', 'workspaceFolderCount', 'resourcePath', 'customExecutionSupported']);
  const clauses = [
    ...contributes.commands.map(({ enablement }) => enablement),
    ...Object.values(contributes.menus).flatMap((items) => items.map(({ when }) => when)),
    ...contributes.keybindings.map(({ when }) => when),
    ...contributes.viewsWelcome.map(({ when }) => when),
  ].filter((clause) => clause !== undefined);

  it('read only context keys that exist', () => {
    const ours = new Set<string>(Object.values(CONTEXT_KEYS));
    for (const clause of clauses) {
      for (const term of clause.split(/&&|\|\|/)) {
        const [left = '', right] = term.trim().replace(/^!/, '').split(/\s*(?:==|!=|=~|\bin\b)\s*/);
        assert.ok(left === 'false' || OF_VSCODE.has(left) || ours.has(left), `unknown key '${left}' in '${clause}'`);
        if (/\sin\s/.test(term)) assert.ok(ours.has(right ?? ''), clause);
      }
    }
  });

  it('every context key is set by code and read by some clause', () => {
    const code = text('src', 'ui', 'host', 'contextKeys.ts') + text('src', 'extension.ts');
    for (const [name, key] of Object.entries(CONTEXT_KEYS)) {
      assert.ok(code.includes(`set('${name}'`), `${key} is never set`);
      assert.ok(clauses.some((clause) => clause.includes(key)), `${key} is never read`);
    }
  });

  it('context values of rows are those that the presenters give', () => {
    const patterns = (contributes.menus['view/item/context'] ?? []).map(({ when }) => /viewItem =~ \/(.+)\/$/.exec(when ?? '')?.[1] ?? '');
    const rows = ['workspace', 'engine', 'project;runnable;python', 'project;runnable;csharp', 'project;python', 'run;backtest;active;result;plan', 'run;backtest;final;result;plan', 'run;live;final'];
    for (const pattern of patterns) assert.ok(rows.some((row) => new RegExp(pattern).test(row)), `no row fits ${pattern}`);
  });
});

describe('words', () => {
  it('every %key% is there and none is unused', () => {
    const used = [...text('package.json').matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? '');
    assert.deepEqual(sorted(new Set(used)), sorted(Object.keys(words)));
    for (const [key, value] of Object.entries(words)) assert.ok(value.trim() !== '', key);
  });
});

describe('views, panels, languages', () => {
  it('are those of the ids', () => {
    assert.deepEqual(contributes.viewsContainers.activitybar.map(({ id }) => id), Object.values(VIEW_CONTAINERS));
    assert.deepEqual(Object.values(contributes.views).flat().map(({ id }) => id), Object.values(VIEWS));
    assert.ok(Object.hasOwn(contributes.views, VIEW_CONTAINERS.lean));
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${PANELS.result}`));
    assert.ok(manifest.activationEvents.includes('workspaceContains:**/lean.json'));
    assert.ok(contributes.languages.some(({ id }) => id === LANGUAGES.log));
    assert.deepEqual(contributes.languages.find(({ id }) => id === 'jsonc')?.filenames, ['lean.json']);
  });

  it('have a welcome for each state', () => {
    const clauses = contributes.viewsWelcome.map(({ when }) => when ?? '');
    for (const state of ['workspaceFolderCount == 0', 'lean.workspaces == none', '!lean.hasProjects', '!isWorkspaceTrusted', 'engine-not-installed', 'engine-not-running', 'engine-permission', 'engine-not-linux', 'engine-too-old', 'engine-no-space']) {
      assert.ok(clauses.some((clause) => clause.includes(state)), state);
    }
    for (const { contents, when } of contributes.viewsWelcome) {
      if (when?.includes('searching') !== true) assert.match(worded(contents), /\]\((?:command:|https:)/, `${when ?? ''} has something to do`);
    }
  });

  it('every file that is named exists', () => {
    const files = [manifest.icon, ...contributes.viewsContainers.activitybar.map(({ icon }) => icon), ...contributes.grammars.map(({ path }) => path), ...contributes.languages.map(({ configuration }) => configuration).filter((file) => file !== undefined)];
    for (const file of files) assert.ok(existsSync(join(ROOT, file)), file);
    for (const { path } of contributes.grammars) {
      const grammar = JSON.parse(text(path)) as { scopeName: string };
      assert.equal(grammar.scopeName, contributes.grammars.find((item) => item.path === path)?.scopeName);
    }
  });
});

describe('tasks', () => {
  it('the definition is the one of the code, each property described', () => {
    const [definition] = contributes.taskDefinitions;
    assert.equal(contributes.taskDefinitions.length, 1);
    assert.equal(definition?.type, TASK_TYPE);
    assert.deepEqual(definition.required, ['command', 'project']);
    const known = /const KNOWN = \[([^\]]+)\]/.exec(text('src', 'ui', 'tasks', 'taskDefinition.ts'))?.[1] ?? '';
    const names = [...known.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '').filter((name) => name !== 'type');
    assert.deepEqual(sorted(Object.keys(definition.properties)), sorted(names));
    for (const [name, { description }] of Object.entries(definition.properties)) assert.ok(worded(description ?? '').length > 5, name);
  });
});

describe('the extension', () => {
  it('runs where the files are, in Workspace Trust limited, in no virtual workspace', () => {
    assert.deepEqual(manifest.extensionKind, ['workspace']);
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
    assert.ok(worded(manifest.capabilities.untrustedWorkspaces.description).length > 20);
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, false);
    assert.ok(worded(manifest.capabilities.virtualWorkspaces.description).length > 20);
  });

  it('uses no newer API than the oldest VS Code it allows', () => {
    assert.equal(manifest.engines.vscode, '^1.91.0');
    const installed = JSON.parse(text('node_modules', '@types', 'vscode', 'package.json')) as { version: string };
    assert.match(installed.version, /^1\.91\./, 'types of exactly that version: a newer API would not compile');
  });

  it('keeps presenters free of vscode', () => {
    const folders = ['commands', 'host', 'language', 'status', 'tasks', 'views'];
    const presenters = folders.flatMap((folder) => readdirSync(join(ROOT, 'src', 'ui', folder)).filter((name) => name.endsWith('.present.ts')).map((name) => ['src', 'ui', folder, name]));
    assert.ok(presenters.length >= 4);
    for (const path of presenters) assert.doesNotMatch(text(...path), /from 'vscode'/, path.join('/'));
  });
});
