"""The recordings: which one a run replays, and its texts rewritten to what the run was really asked."""
import json
import os
import re
import socket
from collections import namedtuple

from standin import source

ROOT = '/opt/lean-standin/recordings'
FAULT_RECORDINGS = {
    'runtime-error': {'Python': 'py-pythrow', 'CSharp': 'runtime-throw'},
    'init-error': {'Python': 'py-pyinitthrow', 'CSharp': 'init-throw'},
    'python-syntax-error': {'Python': 'py-pysyntax', 'CSharp': 'py-pysyntax'},
    'quit': {'Python': 'quit', 'CSharp': 'quit'},
    'ignore-sigint': {'Python': 'slow-progress', 'CSharp': 'slow-progress'},
}
DEFAULT = {'Python': 'py-pygood', 'CSharp': 'basic-daily-csharp'}
# A run caught in its middle is the same run; these have no console of their own to replay.
ALIAS = {'slow-progress-midrun': 'slow-progress', 'bt-sigint': 'slow-progress', 'bt-sigterm': 'slow-progress', 'badconfig': 'fw-basic-csharp'}
# Two recordings have this algorithm: the failing one is chosen by its failure, never by name.
NOT_BY_NAME = {'no-datafolder', 'slow-progress-midrun', 'typenotfound-csharp', 'dllnotfound-csharp', 'py-print2'}

Line = namedtuple('Line', 'at stream text')


class Run:
    """What a run asks for: the config, and what was found in the algorithm's file."""

    def __init__(self, config, setting):
        self.config = config
        self.parameters = {str(key): str(value) for key, value in (config.get('parameters') or {}).items()}
        self.language = 'Python' if str(config.get('algorithm-language', 'CSharp')).lower() == 'python' else 'CSharp'
        self.location = str(config.get('algorithm-location', ''))
        self.type_name = str(config.get('algorithm-type-name', ''))
        self.id = str(config.get('algorithm-id') or self.type_name or 'local')
        self.results = str(config.get('results-destination-folder') or os.getcwd())
        self.data = str(config.get('data-folder') or '../../../Data/')
        self.storage = str(config.get('object-store-root') or './storage')
        self.name = str(config.get('backtest-name') or 'local')
        self.live = bool(setting(config, 'live-mode', False))
        self.classes, self.asked, self.source_file = [], {}, None
        self.syntax_error = None

    def inspect(self):
        """Reads the algorithm's file: a Python source, or the .dll that the stand-in's build made."""
        if self.language == 'Python':
            with open(self.location, encoding='utf-8', errors='replace') as file:
                text = file.read()
            self.classes, self.asked, self.source_file = source.python_classes(text), source.directives(text), self.location
            try:
                compile(text, self.location, 'exec')
            except SyntaxError as error:
                self.syntax_error = error
            return
        with open(self.location, encoding='utf-8', errors='replace') as file:
            text = file.read()
        if not text.startswith('{'):
            return
        built = json.loads(text)
        self.classes = [item['name'] for item in built['classes']]
        self.asked = built['asked']
        for item in built['classes']:
            if item['name'] == self.type_name:
                self.source_file = item['file']
                self.asked = {**self.asked, **{key: item[key] for key in ('recording', 'fault', 'errorLine') if key in item}}

    @property
    def fault(self):
        return self.parameters.get('standin-fault') or self.asked.get('fault') or ''

    @property
    def speed(self):
        """Seconds of the run for one second of the recording; 0 is as fast as possible."""
        return float(self.parameters.get('standin-speed') or os.environ.get('STANDIN_SPEED') or 1)


def choose(run):
    """The recording's name. Parameter, then the fault, then a comment, then the algorithm's class, then a plain success."""
    wanted = run.parameters.get('standin-recording')
    if not wanted and run.syntax_error is not None:
        wanted = 'py-pysyntax'
    if not wanted and run.fault in FAULT_RECORDINGS:
        wanted = FAULT_RECORDINGS[run.fault][run.language]
    wanted = wanted or run.asked.get('recording')
    if wanted:
        wanted = ALIAS.get(wanted, wanted)
        if os.path.isfile(f'{ROOT}/{wanted}/console.timed.txt'):
            return wanted
        raise LookupError(f"There is no recording '{wanted}' to replay; there are: {', '.join(names())}")
    by_type = {}
    for name in names():
        by_type.setdefault(read_config(name)['algorithm-type-name'], name)
    for candidate in [run.type_name, *run.classes]:
        if candidate in by_type:
            return by_type[candidate]
    return DEFAULT[run.language]


def names():
    return sorted(name for name in os.listdir(ROOT) if name not in NOT_BY_NAME and os.path.isfile(f'{ROOT}/{name}/console.timed.txt')
                  and not name.startswith('live'))


def read_config(name):
    with open(f'{ROOT}/{name}/config.json', encoding='utf-8') as file:
        return json.load(file)


class Recording:
    """One recorded run: console lines with their times, exit code, files; all texts pass through `rewrite`."""

    def __init__(self, name, run):
        self.name, self.run = name, run
        self.folder = f'{ROOT}/{name}'
        self.config = read_config(name)
        self.old_type = self.config['algorithm-type-name']
        self.old_location = self.config['algorithm-location']
        with open(f'{self.folder}/run.json', encoding='utf-8') as file:
            code = json.load(file)['exit_code']
        self.exit_code = 128 - code if code < 0 else code
        self.rules = self.make_rules()

    def make_rules(self):
        run, old = self.run, re.escape(self.old_type)
        stem = os.path.splitext(os.path.basename(run.location))[0]
        is_python = self.config['algorithm-language'] == 'Python'
        new_type = run.type_name or self.old_type
        rules = [
            (rf'(AlgoId: |Algorithm Id:\(|Launching analysis for |removed from queue: |/Results/){old}\b', lambda m: m.group(1) + run.id),
            (rf'"{old}(?=-\d+-\d+"|")', lambda m: f'"{run.id}'),
            (re.escape(self.old_location), lambda m: run.location),
            (rf'(?<=importing python module ){old}|(?<=Importing python module ){old}|\b{old}(?= successfully imported)', lambda m: stem),
            (r'/Results\b', lambda m: run.results.rstrip('/')),
            (r'(?<=Storage Root: )/Storage\b', lambda m: run.storage),
            (r'/tmp/nonexistent', lambda m: run.data.rstrip('/')),
            (r'(?<=Host: )vm\b', lambda m: socket.gethostname()),
            (r'UID: 0, PID: 0', lambda m: f"UID: {run.config.get('job-user-id') or 0}, PID: {run.config.get('project-id') or 0}"),
            (r'User: 0 ProjectId: 0', lambda m: f"User: {run.config.get('job-user-id') or 0} ProjectId: {run.config.get('project-id') or 0}"),
        ]
        if is_python:
            rules.insert(0, (rf'\b{old}\.py\b', lambda m: os.path.basename(run.location)))
            rules.insert(0, (rf'/LeanCLI/{old}\.py\b', lambda m: run.location))
            rules += self.line_rules(os.path.basename(run.location), run.location)
        else:
            file = run.source_file or '/LeanCLI/Main.cs'
            rules += [(r'/LeanCLI/A\.cs\b', lambda m: file), (r'\bA\.cs\b', lambda m: os.path.basename(file))]
            rules += self.line_rules(os.path.basename(file), file)
        rules.append((rf'\b{old}\b', lambda m: new_type))
        return [(re.compile(pattern), replace) for pattern, replace in rules]

    def line_rules(self, name, path):
        """Where the source marks a line with `standin-error`, the innermost frame of the recorded error stands on it."""
        line = self.run.asked.get('errorLine')
        inner = {'runtime-throw': 8, 'init-throw': 11, 'py-pythrow': 20, 'py-pyinitthrow': None}.get(self.name)
        if line is None or self.name not in ('runtime-throw', 'init-throw', 'py-pythrow', 'py-pyinitthrow'):
            return []
        if inner is None:
            found = re.search(r'in PyInitThrow\.py: line (\d+)', self.text('stderr.txt'))
            inner = int(found.group(1)) if found else 0
        here = re.escape(name)
        return [(rf'({here}:line |{here}: line |{here}", line ){inner}\b', lambda m: f'{m.group(1)}{line}')]

    def text(self, name):
        with open(f'{self.folder}/{name}', encoding='utf-8') as file:
            return file.read()

    def rewrite(self, text):
        for pattern, replace in self.rules:
            text = pattern.sub(replace, text)
        if self.run.syntax_error is not None and self.name == 'py-pysyntax':
            error = self.run.syntax_error
            told = f"{error.msg} ({os.path.basename(self.run.location)}, line {error.lineno}): {(error.text or '').strip()}"
            text = re.sub(r"'\(' was never closed \([^)]*, line 6\): self\.add_equity\(\"SPY\"", lambda m: told, text)
            text = re.sub(r"'\(' was never closed \([^)]*, line 6\): self\.add_equity\(\\\"SPY\\\"", lambda m: json.dumps(told)[1:-1], text)
        return text

    def lines(self):
        """Console lines [(seconds since start, 'O' or 'E', text)], rewritten."""
        lines = []
        for raw in self.text('console.timed.txt').split('\n'):
            match = re.match(r'\s*(\d+\.\d+) ([OE]) ?(.*)', raw, flags=re.S)
            if match:
                lines.append(Line(float(match.group(1)), match.group(2), self.rewrite(match.group(3))))
        if self.run.language == 'Python' and self.config['algorithm-language'] != 'Python':
            lines = with_python_shutdown(lines)
        return usual_shutdown(lines)

    def files(self):
        """The recorded result files' names."""
        return [name for name in os.listdir(self.folder) if name.startswith(self.old_type) and os.path.isfile(f'{self.folder}/{name}')]


# Seconds of Python's shutdown as measured in a container; the recordings, made outside of one, have up to 3.2.
SHUTDOWN = 2.2


def usual_shutdown(lines):
    """The recording with Python's shutdown taking no longer than usual."""
    ends = next((number for number, line in enumerate(lines) if number > 0 and 'PythonInitializer.Shutdown(): ended' in line.text), None)
    if ends is None:
        return lines
    early = max(0.0, lines[ends].at - lines[ends - 1].at - SHUTDOWN)
    return [*lines[:ends], *(line._replace(at=line.at - early) for line in lines[ends:])]


def with_python_shutdown(lines):
    """A C# recording in a Python project ends like a Python run."""
    last = lines[-1]
    if 'Exiting Lean' not in last.text:
        return lines
    stamp = '20261121 00:00:00.000 TRACE:: PythonInitializer.Shutdown(): '
    return [*lines[:-1], Line(last.at, 'O', stamp + 'start'), Line(last.at, 'O', stamp + 'calling engine shutdown...'),
            Line(last.at, 'O', stamp + 'ended'), last]
