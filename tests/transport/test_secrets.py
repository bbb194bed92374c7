import pytest
from pydantic import BaseModel, ValidationError

from schemas.errors import ConfigError
from transport.secrets import Secret, reveal

CANARY = "canary-5b1f"


class Options(BaseModel):
    secret: Secret


def test_a_secret_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LEOPARD_TEST_SECRET", CANARY)

    assert reveal("env:LEOPARD_TEST_SECRET", tmp_path) == CANARY


@pytest.mark.parametrize("written", [f"{CANARY}\n", f"{CANARY}\r\n", CANARY])
def test_a_secret_in_a_file_without_its_line_end(tmp_path, written):
    (tmp_path / "secret").write_bytes(written.encode())

    assert reveal("file:secret", tmp_path) == CANARY
    assert reveal(f"file:{tmp_path / 'secret'}", tmp_path / "elsewhere") == CANARY


@pytest.mark.parametrize("name", ["LEOPARD_TEST_UNSET", "LEOPARD_TEST_EMPTY"])
def test_a_variable_that_is_not_set(tmp_path, monkeypatch, name):
    monkeypatch.setenv("LEOPARD_TEST_EMPTY", "")

    with pytest.raises(ConfigError, match=f"no secret in the environment variable {name}") as missing:
        reveal(f"env:{name}", tmp_path)
    assert missing.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read secret: no such file"),
        (b"\n", "there is no secret in secret"),
        (b"\xff", "not text"),
        (b"x" * 65_537, "larger than"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, content, said):
    if content is not None:
        (tmp_path / "secret").write_bytes(content)

    with pytest.raises(ConfigError, match=said):
        reveal("file:secret", tmp_path)


@pytest.mark.parametrize("written", [CANARY, "env:", "env:NOT A NAME", "file:", f"https://{CANARY}", ""])
def test_what_is_written_out_is_refused_and_not_repeated(tmp_path, written):
    with pytest.raises(ConfigError) as refused:
        reveal(written, tmp_path)
    assert CANARY not in str(refused.value)

    with pytest.raises(ValidationError) as invalid:
        Options(secret=written)
    (error,) = invalid.value.errors()
    assert CANARY not in error["msg"]
    assert "env:NAME" in error["msg"]


@pytest.mark.parametrize("written", [42, None, ["env:X"]])
def test_what_is_no_text_is_refused(written):
    with pytest.raises(ValidationError, match="does not stand here itself"):
        Options(secret=written)


def test_an_option_shows_neither_the_secret_nor_where_it_is():
    options = Options(secret="env:LEOPARD_TEST_SECRET")

    assert options.secret.get_secret_value() == "env:LEOPARD_TEST_SECRET"
    assert "LEOPARD_TEST" not in f"{options!r} {options} {options.model_dump(mode='json')}"
    assert Options(secret=options.secret) == options
