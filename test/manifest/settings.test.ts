import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SETTINGS } from '../../src/manifest/ids';
import { manifest, text, worded } from './manifest';

const { properties } = manifest.contributes.configuration;
const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;

describe('settings', () => {
  it('contributed = SETTINGS', () => {
    assert.deepEqual(Object.keys(properties).sort(), Object.values<string>(SETTINGS).sort());
  });

  it('each has a scope, a default and a description', () => {
    for (const [id, setting] of Object.entries(properties)) {
      assert.ok(['resource', 'window', 'machine-overridable'].includes(setting.scope ?? ''), `${id}: ${setting.scope ?? 'no scope'}`);
      assert.ok('default' in setting, id);
      assert.ok(worded(setting.markdownDescription ?? '').length > 20, id);
      if (setting.enum !== undefined) assert.equal(setting.enumDescriptions?.length, setting.enum.length, id);
    }
  });

  it('what becomes an image, a mount, a host or a command is restricted and the machine’s', () => {
    const dangerous = [SETTINGS.dockerHost, SETTINGS.image, SETTINGS.projectImages, SETTINGS.extraDocker, SETTINGS.workspaceFolders, SETTINGS.configDelivery, SETTINGS.cpus, SETTINGS.memory];
    assert.deepEqual([...restricted].sort(), [...dangerous].sort());
    for (const id of dangerous) assert.equal(properties[id]?.scope, 'machine-overridable', id);
    // A setting added later must be judged: what is not listed here is harmless.
    const harmless = [SETTINGS.stopTimeout, SETTINGS.openResult, SETTINGS.codeLens];
    assert.deepEqual([...dangerous, ...harmless].sort(), Object.values<string>(SETTINGS).sort());
  });

  it('the page of settings lists exactly these, with default, scope and words', () => {
    const page = text('docs', 'settings.md');
    const listed = [...page.matchAll(/^## `([^`]+)`$/gm)].map((match) => match[1]);
    assert.deepEqual(listed, Object.keys(properties));
    for (const [id, setting] of Object.entries(properties)) {
      const section = page.split(`## \`${id}\`\n`)[1]?.split('\n## ')[0] ?? '';
      assert.ok(section.includes(`- Default: \`${JSON.stringify(setting.default)}\``), `${id}: default`);
      assert.ok(section.includes(`- Scope: ${setting.scope ?? ''}${restricted.includes(id) ? ', restricted' : ''}\n`), `${id}: scope`);
      assert.ok(section.includes(worded(setting.markdownDescription ?? '').replaceAll(/`#([^#]+)#`/g, '`$1`')), `${id}: words`);
      for (const value of setting.enum ?? []) assert.ok(section.includes(`- \`${value}\`: `), `${id}: ${value}`);
    }
  });

  it('the page of settings lists the properties of a task', () => {
    const page = text('docs', 'settings.md');
    const names = Object.keys(manifest.contributes.taskDefinitions[0]?.properties ?? {}).filter((name) => name !== 'run');
    const listed = [...page.split('## Tasks')[1]?.matchAll(/^\| `(\w+)` \|/gm) ?? []].map((match) => match[1]);
    assert.deepEqual(listed, names);
  });
});
