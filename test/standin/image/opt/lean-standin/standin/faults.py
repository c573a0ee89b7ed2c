"""Failures on demand: parameter `standin-fault`, or a comment `standin-fault: <name>` in the source."""
import os
import sys
import time

KNOWN = ('exit-50ms', 'hang', 'ignore-sigint', 'out-of-memory', 'log-200000', 'bad-json', 'truncated', 'runtime-error', 'init-error',
         'python-syntax-error', 'quit', 'no-output', 'no-results', 'slow-start', 'result-html')
# Never more than this is really allocated, whatever the container's limit.
MEMORY_CEILING = 2 << 30


def before(run):
    """Faults that come before the first line."""
    fault = run.fault
    if fault and fault not in KNOWN:
        print(f"Lean Workbench test stand-in: there is no fault '{fault}'; there are: {', '.join(KNOWN)}", file=sys.stderr)
        sys.exit(1)
    if fault == 'exit-50ms':
        print('Lean Workbench test stand-in: dying in its first 50 ms, as asked', file=sys.stderr, flush=True)
        os._exit(3)
    if fault == 'no-output':
        os._exit(0)
    if fault == 'slow-start':
        time.sleep(10 * run.speed)


def after_notice(run, console, stop):
    """Faults that show nothing but the stand-in's own first line."""
    if run.fault == 'hang':
        console.flush()
        while not stop.asked:
            time.sleep(0.05)
        os._exit(0)


def at_line(run, text, console, stop):
    """Faults in the middle: while the algorithm gets data."""
    if 'AlgorithmManager.Run(): Begin DataStream' not in text:
        return
    if run.fault == 'log-200000':
        for number in range(200_000):
            console.line('O', f'TRACE:: Debug: 2013-10-08 09:31:00 line {number + 1} of 200000', stamped=True)
    elif run.fault == 'out-of-memory':
        console.flush()
        exhaust()
    elif run.fault == 'ignore-sigint':
        number = 0
        while True:
            stop.asked = False
            number += 1
            console.line('O', f'TRACE:: Log: 2010-01-15 16:00:00 bar {number}, still here', stamped=True)
            console.flush()
            time.sleep(0.2)


def exhaust():
    limit = memory_limit()
    if limit is None or limit > MEMORY_CEILING:
        print('Lean Workbench test stand-in: out-of-memory needs a container with a memory limit of at most 2 GiB', file=sys.stderr, flush=True)
        os._exit(1)
    held = []
    while True:
        block = bytearray(16 << 20)
        for place in range(0, len(block), 4096):
            block[place] = 1
        held.append(block)


def memory_limit():
    """The container's memory limit in bytes (cgroup 2 or 1), or None."""
    for path in ('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'):
        try:
            with open(path, encoding='ascii') as file:
                text = file.read().strip()
            return None if text == 'max' else int(text)
        except OSError:
            continue
    return None
