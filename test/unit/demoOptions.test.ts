import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DemoError, parseOptions } from '../demo/options';

describe('the options of the demo', () => {
  it('has defaults: dark, any port, the stand-in, no picture', () => {
    assert.deepEqual(parseOptions([]), { screenshot: undefined, theme: 'dark', port: undefined, realDocker: false, help: false });
  });

  it('reads every option and makes the picture\'s path absolute', () => {
    const options = parseOptions(['--screenshot', 'a/b.png', '--theme', 'high-contrast', '--port', '8123', '--real-docker']);
    assert.equal(options.screenshot, `${process.cwd()}/a/b.png`);
    assert.deepEqual({ ...options, screenshot: '' }, { screenshot: '', theme: 'high-contrast', port: 8123, realDocker: true, help: false });
  });

  it('says what is wrong, with the usage', () => {
    for (const [args, words] of [[['--theme', 'solarized'], /no theme 'solarized'.*dark, light, high-contrast/s], [['--port', '0'], /1 to 65535, not '0'/], [['--port', 'x'], /not 'x'/], [['--colour'], /--colour/], [['--screenshot'], /--screenshot/]] as const) {
      assert.throws(() => parseOptions(args), (error) => error instanceof DemoError && words.test(error.message) && error.message.includes('npm run demo -- [options]'));
    }
  });
});
