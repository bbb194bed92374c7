"""What every new plugin is: a package with a test and an entry point."""

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "leopard-{dashed}"
version = "0.1.0"
description = "The {what} {name} for Leopard"
requires-python = ">=3.11"
dependencies = ["leopard-pipeline"]

[project.optional-dependencies]
dev = ["pytest>=8.3"]

[project.entry-points."leopard.{what}s"]
{name} = "leopard_{name}:{class_}"

[tool.setuptools]
py-modules = ["leopard_{name}"]
"""

README = """\
# leopard-{dashed}

The {what} `{name}` for Leopard.

```sh
pip install --editable '.[dev]'
pytest
```

{use}
"""

CONFTEST = """\
import pytest

pytest.register_assert_rewrite("{rewritten}")
"""


def package(what: str, name: str, plugin: str, test: str, use: str, *rewritten: str) -> dict[str, str]:
    """The files of a package by path; `rewritten` are modules whose assertions pytest is to explain."""
    class_ = "".join(word.capitalize() for word in name.split("_")) + what.capitalize()
    words = {"what": what, "name": name, "dashed": name.replace("_", "-"), "class_": class_, "use": use}
    files = {
        "pyproject.toml": PYPROJECT,
        "README.md": README,
        f"leopard_{name}.py": plugin,
        f"test_leopard_{name}.py": test,
        **({"conftest.py": CONFTEST} if rewritten else {}),
    }
    words["rewritten"] = '", "'.join(rewritten)
    return {path: text.format(**words) for path, text in files.items()}
