"""The engine of a project."""

import secrets

from pipeline.config import Project
from pipeline.engine.base import LOCAL, Engine
from pipeline.engine.workshop import Setting


def engine_of(project: Project) -> Engine:
    """As leopard.yaml says, for one run; to be opened by a `with`. Raises ConfigError."""
    options = project.written.engine
    setting = Setting(str(project.root), project.fingerprint(), secrets.token_hex(8))
    match options.use:
        case "processes":
            from pipeline.engine.processes import Processes

            return Processes(setting, options.workers)
        case "dask":
            from pipeline.engine.dask import Dask

            return Dask(setting, options.workers, options.scheduler)
    return LOCAL
