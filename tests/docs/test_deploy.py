"""What is in docs/deploy can be read by those it is for, and every command line in it exists."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import kubernetes_validate
import pytest
import yaml

import pipeline.cli as cli
from pipeline.cli.serve import PORT
from pipeline.web.health import Health

DEPLOY = Path(__file__).resolve().parents[2] / "docs" / "deploy"
INSTRUCTIONS = {
    "FROM",
    "COPY",
    "RUN",
    "USER",
    "WORKDIR",
    "VOLUME",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
}


def text(name):
    return (DEPLOY / name).read_text(encoding="utf-8")


def units():
    return sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))


def read_unit(name):
    parser = ConfigParser(strict=True, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read_string(text(name))
    return parser


def container():
    return yaml.safe_load(text("kubernetes.yaml"))["spec"]["template"]["spec"]["containers"][0]


def instructions():
    lines = [line for line in text("Containerfile").splitlines() if line and not line.startswith("#")]
    return [line.partition(" ")[::2] for line in lines]


def steps():
    workflow = yaml.safe_load(text("github-workflow.yaml"))
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def command_lines():
    """Every call of leopard, as words."""
    yield from (shlex.split(line)[6:] for line in text("leopard.cron").splitlines() if " leopard " in line)
    for name in units():
        if name.endswith(".service"):
            yield shlex.split(read_unit(name)["Service"]["ExecStart"])
    found = dict(instructions())
    yield [*yaml.safe_load(found["ENTRYPOINT"]), *yaml.safe_load(found["CMD"])]
    yield [*container()["command"], *container()["args"]]
    yield from (shlex.split(step["run"]) for step in steps() if step.get("run", "").startswith("leopard "))


def parsed(words):
    """The innermost command that the words call. Raises UsageError for a wrong option or command."""
    program, *rest = [word for word in words if not word.startswith(">")]
    assert Path(program).name == "leopard"
    command, context = cli.leopard, None
    while True:
        context = command.make_context(command.name, list(rest), parent=context)
        if not isinstance(command, click.Group):
            return command
        rest = [*context._protected_args, *context.args]
        _, command, rest = command.resolve_command(context, rest)


def test_every_command_line_exists():
    called = [parsed(words).name for words in command_lines()]
    assert sorted(called) == ["check", "serve", "serve", "serve", "sync", "sync", "sync"]


def test_a_command_line_that_does_not_exist_would_be_found():
    for words in (["leopard", "snyc"], ["leopard", "sync", "--sure"], ["leopard", "serve", "--port", "many"]):
        with pytest.raises(click.UsageError):
            parsed(words)


def test_every_file_is_named_on_the_page():
    named = set(re.findall(r"\]\(([\w.-]+)\)", text("README.md")))
    assert named == {path.name for path in DEPLOY.iterdir()} - {"README.md"}


@pytest.mark.parametrize("name", units())
def test_a_unit_is_read(name):
    sections = read_unit(name).sections()
    assert sections[0] == "Unit"
    assert set(sections) <= {"Unit", "Service", "Timer", "Install"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("name", units())
def test_systemd_has_nothing_to_say_against_a_unit(name, tmp_path):
    """Only the program and the user of the example are put in that exist here."""
    for unit in units():
        known = (
            text(unit).replace("/opt/leopard/bin/leopard", "/bin/true").replace("User=leopard", "User=root")
        )
        (tmp_path / unit).write_text(known)
    words = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)]
    done = subprocess.run(words, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if name.partition(".")[0] in line]
    assert said == []


def test_the_timer_starts_the_service_of_its_name():
    assert "leopard-sync.service" in units()
    assert "Unit" not in read_unit("leopard-sync.timer")["Timer"]


def test_cron_s_line_has_five_times_and_a_user():
    (line,) = [line for line in text("leopard.cron").splitlines() if " leopard " in line]
    assert re.match(r"^(\S+ ){5}leopard /\S+/leopard ", line)


def test_the_image_runs_as_somebody_who_may_do_little():
    found = instructions()
    assert {name for name, _ in found} <= INSTRUCTIONS
    assert dict(found)["USER"] == "10001"
    assert [name for name, _ in found].index("USER") > max(
        at for at, (name, _) in enumerate(found) if name in ("COPY", "RUN")
    )


def test_the_deployment_is_whole():
    deployment = yaml.safe_load(text("kubernetes.yaml"))
    assert (deployment["apiVersion"], deployment["kind"]) == ("apps/v1", "Deployment")
    spec = deployment["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    assert spec["replicas"] == 2
    assert container()["securityContext"]["readOnlyRootFilesystem"]


def test_probes_ask_where_it_answers():
    routes = {route.path for route in Health(None, None).routes()}
    probes = [container()[name]["exec"]["command"][2] for name in ("livenessProbe", "readinessProbe")]
    probes.append(yaml.safe_load(dict(instructions())["HEALTHCHECK"].partition("CMD ")[2])[2])
    for probe in probes:
        compile(probe, "probe", "exec")
        port, path = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)'", probe).groups()
        assert int(port) == PORT
        assert path in routes


def test_probes_tell_the_living_from_the_dead(tmp_path):
    (tmp_path / "leopard.yaml").write_text('site: {title: Spots, url: "https://spots.example"}\n')
    probe = container()["readinessProbe"]["exec"]["command"][2]
    program = [sys.executable, "-c", "from pipeline.cli import main; main()"]
    words = [*program, *container()["args"], "--port", "0"]
    words[words.index("/project")] = str(tmp_path)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as served:
        (port,) = re.findall(r"http://127\.0\.0\.1:(\d+)", served.stderr.readline())
        ask = [sys.executable, "-c", probe.replace(str(PORT), port)]
        assert subprocess.run(ask, capture_output=True).returncode == 0
        served.terminate()
        lines = served.stderr.read().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert served.returncode == 0
    assert subprocess.run(ask, capture_output=True).returncode == 1


def test_kubernetes_knows_every_word_of_the_deployment():
    kubernetes_validate.validate(yaml.safe_load(text("kubernetes.yaml")), "1.32", strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        wrong = yaml.safe_load(text("kubernetes.yaml").replace("periodSeconds: 30", "period: 30"))
        kubernetes_validate.validate(wrong, "1.32", strict=True)


def test_github_knows_every_word_of_the_workflow(tmp_path):
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    assert subprocess.run([*check, DEPLOY / "github-workflow.yaml"], capture_output=True).returncode == 0
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text("github-workflow.yaml").replace("runs-on", "runs-at"))
    assert subprocess.run([*check, wrong], capture_output=True).returncode == 1


@pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="no nginx or no openssl here"
)
def test_nginx_reads_its_part(tmp_path):
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=leopard"]
    subprocess.run(
        [*made, "-keyout", tmp_path / "key", "-out", tmp_path / "pem"], check=True, capture_output=True
    )
    ours = text("nginx.conf")
    for kind in ("key", "pem"):
        ours = ours.replace(f"/etc/ssl/leopard.example.org.{kind}", str(tmp_path / kind))
    logs = f"error_log {tmp_path}/error.log; pid {tmp_path}/pid;"
    (tmp_path / "whole.conf").write_text(f"{logs} events {{}} http {{ access_log off; {ours} }}")
    done = subprocess.run(
        ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "whole.conf"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_the_workflow_is_whole():
    workflow = yaml.safe_load(text("github-workflow.yaml"))
    assert set(workflow) - {True, "on"} == {"name", "permissions", "concurrency", "jobs"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    assert workflow["concurrency"]["cancel-in-progress"] is False
