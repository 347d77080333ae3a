"""The developer's commands, standard library only: ``python tools/dev.py --help``.

Each command makes what it needs first: the virtual environment, the package in it, the front end's bundle.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))
import bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
EXTRAS = "lab,test"
NOTEBOOKS = ROOT / "notebooks"
OLDEST = (3, 11)


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command in the repository; end where it fails."""
    words = [str(word) for word in command]
    print(f"$ {' '.join(words)}", flush=True)
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **(env or {})}, check=False)
    if done.returncode:
        sys.exit(f"Failed with code {done.returncode}: {' '.join(words)}")


def setup() -> None:
    """Make .venv with the package and its extras in it; again when pyproject.toml changes."""
    if not PYTHON.exists():
        run(sys.executable, "-m", "venv", VENV)
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / "moselle_nb.installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        run(PYTHON, "-m", "pip", "install", "--quiet", "--editable", f".[{EXTRAS}]")
        stamp.write_text(wanted, encoding="utf-8")


def make_bundle() -> None:
    """Build the front end where its sources changed."""
    if not bundle.is_current(ROOT):
        require_npm()
        bundle.build(ROOT)


def require_npm() -> list[str]:
    """Return what runs npm, after getting it where there is none."""
    if bundle.npm_command() is None:
        run(PYTHON, "-m", "pip", "install", "--quiet", bundle.NODE_PACKAGE)
        importlib.invalidate_caches()
    npm = bundle.npm_command()
    if npm is None:
        sys.exit("There is no npm: install Node.js 20 or later.")
    return npm


def lint() -> None:
    """Check style, types and layers of the Python side."""
    run(PYTHON, "-m", "ruff", "check", ".")
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(PYTHON, "-m", "mypy")
    run(BIN / "lint-imports", "--no-logo")


def check_front_end() -> None:
    """Check types of the front end and test its helpers."""
    npm = require_npm()
    env = bundle.node_environment(npm)
    if not (ROOT / "node_modules").is_dir():
        run(*npm, "ci", "--ignore-scripts", env=env)
    run(*npm, "run", "--silent", "check", env=env)
    run(*npm, "run", "--silent", "test", env=env)


def python_tests(effort: str) -> None:
    """Run the tests, the docstrings' examples and the notebooks; pytest's closing line comes last."""
    notebooks = [str(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    nbval = ["--nbval", "--nbval-sanitize-with=tests/nbval_sanitize.cfg", *notebooks] if notebooks else []
    places = ["tests", "moselle_nb", "--doctest-modules", *nbval]
    run(PYTHON, "-m", "pytest", *places, env={"MOSELLE_NB_EFFORT": effort})


def everything(effort: str) -> None:
    """Run everything that has to hold, with the quick or the full counts."""
    make_bundle()
    lint()
    check_front_end()
    python_tests(effort)


def lab() -> None:
    """Open JupyterLab on the notebooks."""
    make_bundle()
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []  # a container's only user
    run(PYTHON, "-m", "jupyterlab", *as_root, NOTEBOOKS / "01_quickstart.ipynb")


def build() -> None:
    """Make sdist and wheel in dist/, both with the bundle."""
    make_bundle()
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    run(PYTHON, "-m", "build", "--outdir", "dist")


COMMANDS: dict[str, Callable[[], None]] = {
    "setup": make_bundle,
    "lab": lab,
    "lint": lint,
    "test": partial(everything, "quick"),
    "test-full": partial(everything, "full"),
    "build": build,
}


def main(arguments: Sequence[str]) -> None:
    """Run the command that was asked for, inside the virtual environment."""
    if sys.version_info < OLDEST:
        sys.exit(f"Python {'.'.join(map(str, OLDEST))} or later is needed, this is {sys.version.split()[0]}.")
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = parser.parse_args(arguments).command
    if Path(sys.prefix).resolve() == VENV.resolve():
        COMMANDS[command]()
        return
    setup()
    sys.exit(subprocess.run([PYTHON, __file__, command], check=False).returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
