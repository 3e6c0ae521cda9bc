"""Where the lab keeps what it fetches and makes. A clean clone on the same machine finds it again."""

import os
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
ROOT = LAB.parent.parent
GUEST = LAB / "guest"
CACHE = Path(os.environ.get("OOMORTEM_LAB_CACHE") or Path.home() / ".cache" / "oomortem-lab")
DUMPS = CACHE / "dumps"


class Unavailable(Exception):
    """A suite, package or tool that is not to be had here: the cell is skipped with this reason."""
