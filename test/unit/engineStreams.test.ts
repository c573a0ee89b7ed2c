import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameDecoder } from '../../src/engine/docker/frames';
import { LineSplitter, LONGEST_LINE } from '../../src/engine/docker/lines';
import { parseMarker } from '../../src/engine/docker/markers';
import { frameDelivery, fillFiles } from '../../src/engine/docker/delivery';
import { PullProgressMeter } from '../../src/engine/docker/pullProgress';
import { ConsoleInterpreter } from '../../src/engine/docker/console';
import type { RunEvent } from '../../src/lean/events';
import { handMadePlan } from '../engine/dockerPlan';

function frame(stream: number, text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function cut(data: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(data.length / size) }, (_, index) => data.subarray(index * size, (index + 1) * size));
}

void describe('the console stream', () => {
  it('takes frames apart, however they are cut', () => {
    const whole = Buffer.concat([frame(1, 'out one'), frame(2, 'err'), frame(1, ''), frame(1, 'ünï\n'), frame(2, Buffer.alloc(70_000, 'x'))]);
    for (const size of [1, 2, 3, 7, 8, 9, 1000, whole.length]) {
      const decoder = new FrameDecoder();
      const got: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
      const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
      for (const chunk of cut(whole, size)) for (const piece of decoder.decode(chunk)) parts[piece.stream].push(Buffer.from(piece.data));
      for (const stream of ['stdout', 'stderr'] as const) got[stream] = Buffer.concat(parts[stream]).toString('utf8');
      assert.equal(got.stdout, 'out oneünï\n', `cut at ${size}`);
      assert.equal(got.stderr, `err${'x'.repeat(70_000)}`, `cut at ${size}`);
    }
  });

  it('passes a stream on that has no frames', () => {
    const decoder = new FrameDecoder();
    const text = [...cut(Buffer.from('20261121 plain text\n'), 5)].flatMap((chunk) => decoder.decode(chunk)).map(({ data }) => data.toString()).join('');
    assert.equal(text, '20261121 plain text\n');
  });

  it('splits lines at LF, CRLF and CR, the same for every cut', () => {
    const data = Buffer.from('one\r\n\r\n\ntwo\r\r\nünï€𝄞\r10%\r20%\n\rend');
    const expected = ['one', '', '', 'two', 'ünï€𝄞', '10%', '20%', 'end'];
    for (let size = 1; size <= data.length; size++) {
      const splitter = new LineSplitter();
      const lines = [...cut(data, size).flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
      assert.deepEqual(lines, expected, `cut at ${size}`);
      assert.equal(splitter.pending, 0);
    }
  });

  it('keeps invalid UTF-8 as marks and bounds a line without end', () => {
    const splitter = new LineSplitter();
    assert.deepEqual(splitter.push(Buffer.from([0x61, 0xff, 0x62, 0x0a])), ['a�b']);
    let lines = 0;
    for (let index = 0; index < 20; index++) lines += splitter.push(Buffer.alloc(1024 * 1024, 'x')).length;
    assert.ok(lines >= 4);
    assert.ok(splitter.pending <= LONGEST_LINE);
  });

  it('knows markers from text', () => {
    assert.deepEqual(parseMarker('##[lean-workbench] phase building'), { kind: 'phase', phase: 'building' });
    assert.deepEqual(parseMarker('##[lean-workbench] not-visible /LeanCLI/a b/main.py'), { kind: 'not-visible', path: '/LeanCLI/a b/main.py' });
    assert.deepEqual(parseMarker('##[lean-workbench] phase constructor'), { kind: 'other', text: 'phase constructor' });
    assert.equal(parseMarker('TRACE:: ##[lean-workbench] phase building'), undefined);
  });

  it('counts offsets over markers and half lines, and tells nothing twice when it starts over', () => {
    const events: RunEvent[] = [];
    const markers: string[] = [];
    const make = (): ConsoleInterpreter => new ConsoleInterpreter({ offset: 0, endMarker: undefined, now: () => 1, onMarker: (marker) => markers.push(marker.kind), onEndMarker: () => assert.fail() });
    const text = '##[lean-workbench] delivery-read\none\n##[lean-workbench] phase loading\ntwo\nthr';
    const console = make();
    events.push(...console.push(frame(1, text)));
    assert.deepEqual(events, [
      { type: 'lines', lines: ['one'], offset: Buffer.byteLength(text) - 3, at: 1 },
      { type: 'phase', phase: 'loading', at: 1 },
      { type: 'lines', lines: ['two'], offset: Buffer.byteLength(text) - 3, at: 1 },
    ]);
    assert.equal(console.lastLine, 'thr');
    console.startOver();
    assert.deepEqual(console.push(frame(1, `${text}ee\n`)), [{ type: 'lines', lines: ['three'], offset: Buffer.byteLength(text) + 3, at: 1 }]);
    assert.deepEqual(markers, ['delivery-read', 'phase']);
  });
});

void describe('the delivery', () => {
  it('frames files with their length in bytes and fills secrets', async () => {
    const plan = handMadePlan('', { files: [{ name: 'a.json', content: { json: { list: [{ $secret: 'k' }, 1], key: { $secret: 'k' } } } }, { name: 'start.sh', content: { text: 'ü' } }] });
    const asked: string[] = [];
    const files = await fillFiles(plan, (name) => {
      asked.push(name);
      return Promise.resolve('€');
    });
    assert.deepEqual(asked, ['k']);
    const json = JSON.stringify({ list: ['€', 1], key: '€' }, undefined, 2);
    assert.equal(frameDelivery(files).toString(), `${Buffer.byteLength(json)} a.json\n${json}2 start.sh\nü0 -\n`);
  });

  it('refuses names that are paths', async () => {
    for (const name of ['../x', 'a/b', 'a\nb', '-', '']) await assert.rejects(fillFiles(handMadePlan('', { files: [{ name, content: { text: '' } }] }), () => Promise.resolve('')));
  });
});

void describe('pull progress', () => {
  it('adds layers up and never goes back, neither in bytes nor in part', () => {
    const meter = new PullProgressMeter();
    const seen: { current: number; total: number; text: string }[] = [];
    const say = (id: string, status: string, current?: number, total?: number): void => {
      const whole = meter.push({ id, status, progressDetail: current === undefined ? {} : { current, total } });
      if (whole !== undefined) seen.push(whole);
    };
    meter.push({ status: 'Pulling from quantconnect/lean', id: 'latest' });
    say('a', 'Pulling fs layer');
    say('b', 'Pulling fs layer');
    say('a', 'Downloading', 50, 100);
    say('a', 'Downloading', 90, 100);
    say('b', 'Downloading', 10, 900);
    say('b', 'Downloading', 450, 900);
    say('a', 'Download complete');
    say('b', 'Download complete');
    say('a', 'Extracting', 20, 100);
    assert.match(seen.at(-1)?.text ?? '', /^Unpacking: 0 of 2 layers/);
    say('a', 'Pull complete');
    say('b', 'Pull complete');
    assert.deepEqual({ ...seen.at(-1), text: '' }, { current: 1000, total: 1000, text: '' });
    assert.match(seen.at(-1)?.text ?? '', /2 of 2 layers/);
    for (const [index, { current, total }] of seen.entries()) {
      const before = seen[index - 1];
      if (before === undefined) continue;
      assert.ok(current >= before.current && total >= before.total);
      if (before.total > 0) assert.ok(current / total >= before.current / before.total - 1e-9, `step ${index}`);
    }
  });
});
