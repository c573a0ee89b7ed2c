"""The `dotnet` command: only what start scripts of Lean Workbench call."""
import os
import signal
import sys


class Stop:
    """SIGINT arrived: taken up at the next line, as the engine does."""
    asked = False


def main(arguments):
    if not arguments or arguments[0] in ('--version', '--info'):
        print('10.0.100')
        return
    command = arguments[0]
    if command == 'build':
        from standin import build
        sys.exit(build.main(arguments[1:]))
    if os.path.basename(command) == 'QuantConnect.Lean.Launcher.dll':
        if not os.path.isfile(command):
            fail(f"The command could not be loaded, possibly because:\n  * You intended to execute a .NET application:\n      The application '{command}' does not exist or is not a managed .dll or .exe.")
        # As process 1 of a container only signals with a handler arrive: both are set before anything slow.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
        signal.signal(signal.SIGINT, lambda *_: setattr(Stop, 'asked', True))
        from standin import engine
        engine.main(arguments[1:])
        return
    fail(f"dotnet {' '.join(arguments)}: this is the Lean Workbench test stand-in; it only builds projects and runs QuantConnect.Lean.Launcher.dll.")


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(1)
