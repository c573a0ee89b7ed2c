"""The console and log.txt, stamped afresh in LEAN's two formats."""
import os
import re
import sys
from datetime import datetime, timezone

from standin.config import Abort

STAMP = re.compile(r'^\d{8} \d\d:\d\d:\d\d\.\d{3} ')
# Lines the real engine prints to the console only.
CONSOLE_ONLY = re.compile(r'TRACE:: (?:Using .* as configuration file|Composer\(\): Loading Assemblies|Python for \.NET Assembly)|^Engine\.Main\(\): Analysis Complete\.|^PythonEngine\.Initialize')


class Console:
    def __init__(self):
        self.log = None
        self.pending, self.stream = [], 'O'

    def log_to(self, folder):
        """log.txt in the results folder, written afresh; the real engine dies where it may not write."""
        path = os.path.join(folder, 'log.txt')
        try:
            os.makedirs(folder, exist_ok=True)
            self.log = open(path, 'w', encoding='utf-8', buffering=1 << 16)
        except OSError as error:
            raise Abort(f"Unhandled exception. System.UnauthorizedAccessException: Access to the path '{path}' is denied.\n ---> System.IO.IOException: {error.strerror}") from error

    def line(self, stream, text, stamped=False, in_log=True):
        """One line of the engine. `stamped`: the text has no stamp yet; else a recorded stamp is replaced by now."""
        now = datetime.now(timezone.utc)
        body = STAMP.sub('', text)
        has_stamp = stamped or body != text
        body = re.sub(r'(?<=Engine\.Main\(\): Started )\d\d:\d\d', now.strftime('%H:%M'), body)
        console = f"{now.strftime('%Y%m%d %H:%M:%S')}.{now.microsecond // 1000:03d} {body}" if has_stamp else body
        if stream != self.stream:
            self.flush_console()
            self.stream = stream
        self.pending.append(console + '\n')
        if len(self.pending) > 500:
            self.flush_console()
        if self.log is not None and in_log and not CONSOLE_ONLY.search(body):
            self.log.write((f"{now.strftime('%Y-%m-%dT%H:%M:%S.%f')}0Z {body}" if has_stamp else body) + '\n')

    def flush_console(self):
        out = sys.stdout if self.stream == 'O' else sys.stderr
        out.write(''.join(self.pending))
        out.flush()
        self.pending = []

    def flush(self):
        self.flush_console()
        if self.log is not None:
            self.log.flush()
