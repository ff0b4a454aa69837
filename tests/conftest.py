"""nbgrader starts `alembic` by its name, so the environment's programs must be found whether or not it is activated."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
