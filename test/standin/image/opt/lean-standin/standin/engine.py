"""`dotnet QuantConnect.Lean.Launcher.dll`: the run itself."""
import json
import os
import re
import sys
import time

from standin import config as configs
from standin import faults, recording as recordings
from standin.console import Console
from standin.dotnet import Stop
from standin.results import Results

RESULTS_POSTED = 'Engine.Main(): Analysis Completed and Results Posted.'
# The first partial result stands there 7.7 s after the start (recording slow-progress); then one every 30 s.
FIRST_PARTIAL, NEXT_PARTIAL = 7.7, 30.0


def main(arguments):
    console = Console()
    try:
        sys.exit(start(arguments, console))
    except configs.Abort as error:
        console.flush()
        configs.write_abort(error)
    except BrokenPipeError:
        os._exit(1)


def start(arguments, console):
    early = []
    config = configs.read(configs.parse(arguments), early.append)
    run = recordings.Run(config, configs.setting)
    if run.live:
        print('Lean Workbench test stand-in: it only replays backtests yet, no live deployments.', file=sys.stderr)
        return 1
    missing = not os.path.isfile(run.location)
    if not missing:
        run.inspect()
    faults.before(run)
    name = choose(run, missing)
    console.log_to(run.results)
    console.line('O', f"TRACE:: Lean Workbench test stand-in: replaying recording '{name}'; nothing is computed", stamped=True)
    for text in early:
        console.line('O', text, stamped=True, in_log=False)
    faults.after_notice(run, console, Stop)
    recording = recordings.Recording(name, run)
    return Replay(run, recording, console).play()


def choose(run, missing):
    """Failures that the real engine finds by itself come before any wish."""
    if missing:
        return 'dllnotfound-csharp' if run.language == 'CSharp' else 'py-pyimport'
    if not os.path.isfile(os.path.join(run.data, 'symbol-properties/symbol-properties-database.csv')):
        return 'no-datafolder'
    try:
        name = recordings.choose(run)
    except LookupError as error:
        print(f'Lean Workbench test stand-in: {error}', file=sys.stderr)
        sys.exit(1)
    if run.language == 'CSharp' and run.classes and run.type_name not in run.classes:
        return 'typenotfound-csharp'
    return name


class Replay:
    def __init__(self, run, recording, console):
        self.run, self.recording, self.console = run, recording, console
        self.results = Results(recording, run)
        self.lines = recording.lines()
        self.streaming = span(self.lines)
        self.started = time.monotonic()
        self.skipped = 0.0
        self.stopped_at = None
        first = float(run.parameters.get('standin-partial-first', FIRST_PARTIAL))
        self.partials = first if recording.exit_code == 0 else float('inf')
        self.no_results = run.fault == 'no-results'

    def play(self):
        index = 1 if 'as configuration file' in self.lines[0].text else 0
        while index < len(self.lines):
            line = self.lines[index]
            # Written in the recorded gap before the line, which is the time the real engine took for it.
            self.files_before(line.text)
            if not self.wait(line.at) and self.can_stop():
                index = self.stop(index)
                continue
            self.console.line(line.stream, line.text)
            faults.at_line(self.run, line.text, self.console, Stop)
            index += 1
        self.console.flush()
        if str(self.run.config.get('close-automatically', False)).lower() != 'true':
            self.console.line('O', 'Press any key to continue.', in_log=False)
            self.console.flush()
            sys.stdin.read(1)
        return self.recording.exit_code

    def wait(self, at):
        """Waits for a line's moment, writing partial results that fall due before; False: SIGINT came."""
        speed = self.run.speed
        while not Stop.asked or self.stopped_at is not None:
            due = min(at, self.partials) if self.is_streaming(at) else at
            rest = self.started + due * speed - time.monotonic() - self.skipped * speed
            if rest > 0:
                self.console.flush()
                time.sleep(min(rest, 0.05))
                continue
            if due == at:
                # A busy machine makes lines late; the gaps after them stay what they were.
                self.started -= rest
                return True
            self.partial(due)
        return False

    def is_streaming(self, at):
        return self.streaming is not None and self.partials < self.streaming[1] and at > self.partials

    def partial(self, at):
        self.console.flush()
        self.partials += float(self.run.parameters.get('standin-partial-every', NEXT_PARTIAL))
        if at > self.streaming[0]:
            self.results.partial(self.simulated(at))

    def simulated(self, at):
        """The simulated time (unix seconds) at a moment of the recording: evenly spread over the recorded equity."""
        start, end = self.streaming
        equity = json.loads(self.results.suffix('.json'))['charts']['Strategy Equity']['series']['Equity']['values']
        first, last = equity[0][0], equity[-1][0]
        return first + (last - first) * min(1.0, max(0.0, (at - start) / max(end - start, 1e-9)))

    def can_stop(self):
        return self.stopped_at is None and Stop.asked

    def stop(self, index):
        """What SIGINT makes the engine say (recording bt-sigint), and on to the line where the algorithm manager is left."""
        at = self.now()
        self.stopped_at = at
        self.console.line('O', 'TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now', stamped=True)
        end = next((number for number, line in enumerate(self.lines) if number >= index and 'Engine.Run(): Exiting Algorithm Manager' in line.text), None)
        if end is None or self.streaming is None:
            return index
        when = time.strftime('%m/%d/%Y %H:%M:%S', time.gmtime(self.simulated(at)))
        self.console.line('E', f'ERROR:: AlgorithmManager.Run(): Algorithm state changed to Stopped at {when}', stamped=True)
        self.console.line('O', 'TRACE:: AlgorithmManager.Run(): Firing On End Of Algorithm...', stamped=True)
        self.console.line('O', 'TRACE:: AlgorithmManager.Run(): Stopping algorithm...', stamped=True)
        self.skipped = self.lines[end].at - at
        return end

    def now(self):
        speed = self.run.speed
        elapsed = (time.monotonic() - self.started) / speed if speed > 0 else 0.0
        return elapsed

    def until(self):
        return None if self.stopped_at is None or self.streaming is None or self.stopped_at > self.streaming[1] else self.simulated(self.stopped_at)

    def files_before(self, text):
        """Files stand there before the line that follows their writing."""
        if self.no_results:
            return
        if 'AlgorithmManager.Run(): Begin DataStream' in text:
            self.results.begin()
        elif re.search(r'StopSafely\(\): Waiting for \'Result Thread\'|ResultHandler\.Run\(\): Ending Thread', text):
            self.results.user_log()
        elif 'SendAnalysisResult(): Processed final packet' in text:
            self.results.final(self.until())
            if self.recording.exit_code == 0:
                self.store()
        elif 'DataMonitor.GenerateReport()' in text:
            self.results.data_requests()
        elif 'DataMonitor.Exit(): end' in text:
            self.results.data_report()

    def store(self):
        try:
            self.results.store_object()
        except OSError as error:
            self.console.line('E', f'ERROR:: LocalObjectStore.PersistData(): {error.strerror}: {error.filename}', stamped=True)


def span(lines):
    """The moments between which the algorithm gets data, or None when it never does."""
    start = next((line.at for line in lines if 'Begin DataStream' in line.text), None)
    end = next((line.at for line in lines if 'Engine.Run(): Exiting Algorithm Manager' in line.text), None)
    return None if start is None or end is None else (start, end)
