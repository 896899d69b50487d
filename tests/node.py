"""Node from the wheel, and the tools of `tests/js`."""

import subprocess
import sys
from pathlib import Path

JS = Path(__file__).parent / "js"
NODE = Path(sys.executable).parent / "node"


def run(*arguments, source=None):
    """Run one of our scripts, or a tool of node_modules; return the finished process."""
    return subprocess.run([NODE, *arguments], cwd=JS, input=source, capture_output=True, text=True, check=False)
