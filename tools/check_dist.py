"""Check that sdist and wheel in a folder carry the bundle: ``python tools/check_dist.py dist``."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

import bundle

ROOT = Path(__file__).resolve().parent.parent


def contents(archive: Path) -> set[str]:
    """Return the names in an sdist or wheel, without the sdist's top folder."""
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as tar:
        return {name.partition("/")[2] for name in tar.getnames()}


def main(folder: Path) -> None:
    """End with what is missing, if anything is."""
    built = {path.relative_to(ROOT).as_posix() for path in (ROOT / bundle.STATIC).iterdir()}
    archives = [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]
    if len(archives) != 2:  # noqa: PLR2004 (one sdist, one wheel)
        sys.exit(f"One sdist and one wheel expected in {folder}, found {[path.name for path in archives]}")
    for archive in archives:
        missing = built - contents(archive)
        if missing:
            sys.exit(f"{archive.name} lacks {sorted(missing)}")
        print(f"{archive.name}: {len(built)} files of the bundle, {archive.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
