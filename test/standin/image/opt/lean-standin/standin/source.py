"""What a person's source tells the stand-in: `standin: <recording>`, `standin-fault: <fault>`, `standin-error` on a line."""
import re


def directives(text):
    """The directives of one source file: {recording, fault, errorLine}, each only when given (the line counts from 1)."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        recording = re.search(r'(?:#|//)\s*standin:\s*([\w.-]+)', line)
        fault = re.search(r'(?:#|//)\s*standin-fault:\s*([\w.-]+)', line)
        if recording:
            found.setdefault('recording', recording.group(1))
        if fault:
            found.setdefault('fault', fault.group(1))
        if re.search(r'(?:#|//)\s*standin-error\b', line):
            found.setdefault('errorLine', number)
    return found


def csharp_classes(text):
    """Names of the classes declared in C# source, those derived from QCAlgorithm first."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*', '', text, flags=re.S)
    derived = re.findall(r'\bclass\s+(\w+)\s*:\s*(?:[\w.]+\.)?QCAlgorithm\b', text)
    return derived + [name for name in re.findall(r'\bclass\s+(\w+)', text) if name not in derived]


def python_classes(text):
    """Names of the classes declared at the top of Python source, those derived from QCAlgorithm first."""
    derived = re.findall(r'^class\s+(\w+)\s*\([^)]*QCAlgorithm\b', text, flags=re.M)
    return derived + [name for name in re.findall(r'^class\s+(\w+)', text, flags=re.M) if name not in derived]
