"""Whether nbgrader's parts of Jupyter are there and enabled: extensions of the server and of JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sig_checker.grading.doctor.findings import INSTALL, Found, State
from sig_checker.verdicts import Message

__all__ = ["lab_extension", "server_extensions"]

_EXTENSIONS = {
    "formgrader": Message("Instructors grade by hand in it."),
    "assignment_list": Message("Students fetch and submit with it."),
    "validate_assignment": Message("Students check a notebook before they submit it."),
}
_PLUGINS = ("menu", "assignment-list", "validate-assignment")  # of the lab extension; formgrader has an address as well


def server_extensions() -> Iterator[Found]:
    """Read from Jupyter's files themselves: `jupyter server extension enable` refuses nbgrader's modules."""
    from jupyter_core.paths import jupyter_config_path  # noqa: PLC0415

    folders = [Path(x) for x in jupyter_config_path()]  # what stands first goes before
    files = [x / "jupyter_server_config.json" for x in folders]
    files += [y for x in folders for y in sorted((x / "jupyter_server_config.d").glob("*.json"))]
    for name, purpose in _EXTENSIONS.items():
        module = f"nbgrader.server_extensions.{name}"
        said = ((file, _settings(file).get("ServerApp", {}).get("jpserver_extensions", {}).get(module)) for file in files)
        file, enabled = next((x for x in said if x[1] is not None), (None, False))
        if enabled:
            yield State.OK, Message("{name} is enabled", name=module)
            continue
        remedy = Message("Install it: {command}", command="pip install --force-reinstall --no-deps nbgrader")
        if file is not None:
            remedy = Message("{file} switches it off; write true there.", file=file)
        yield State.MISSING, Message("{name} is not enabled. {purpose}", name=module, purpose=purpose), remedy


def lab_extension() -> Iterator[Found]:
    from jupyter_core.paths import jupyter_config_path, jupyter_path  # noqa: PLC0415

    name = "@jupyter/nbgrader"
    if not any((Path(x) / name / "package.json").is_file() for x in jupyter_path("labextensions")):
        yield State.MISSING, Message("JupyterLab does not have {name}.", name=name), INSTALL
        return
    said: dict[str, bool] = {}
    for folder in reversed(jupyter_config_path()):  # what stands first goes before
        said |= dict(_settings(Path(folder) / "labconfig" / "page_config.json").get("disabledExtensions", {}))
    needed = {name, *(f"{name}:{x}" for x in _PLUGINS)}
    disabled = {x for x, is_so in said.items() if is_so and x in needed}
    if disabled:
        command = f"jupyter labextension enable {min(disabled)}"
        found = Message("JupyterLab has {names} disabled.", names=", ".join(sorted(disabled)))
        yield State.MISSING, found, Message("Enable it: {command}", command=command)
    else:
        yield State.OK, Message("JupyterLab has {name}", name=name)


def _settings(file: Path) -> dict[str, Any]:
    """Of one of Jupyter's files; empty where there is none that can be read."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}
