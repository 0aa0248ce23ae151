"""The layer table of docs/architecture.md, held against every import of every file, function-level imports included."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    ["wsgi", "worker"],
    ["app"],
    ["descriptor", "webhooks", "jobs"],
    ["migration", "linkage"],
    ["services"],
    ["store", "clients"],
    ["domain", "settings", "logs"],
]
HEIGHT = {name: -level for level, row in enumerate(LAYERS) for name in row}
APART = {"app": {"jobs", "migration"}, "wsgi": {"jobs", "migration"}}
OUTSIDE = {"sandbox", "bench"}
EVERYWHERE = {"logs"}  # what the two entry points set up, and nobody else


def sources():
    for name in HEIGHT | dict.fromkeys(OUTSIDE):
        folder = ROOT / name
        yield from folder.rglob("*.py") if folder.is_dir() else [ROOT / f"{name}.py"]


def owner(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def is_wrong(source, target):
    if target == source or target not in HEIGHT:
        return False
    if source in OUTSIDE:
        return target != "domain"
    return HEIGHT[target] >= HEIGHT[source] or target in APART.get(source, ())


def test_imports_only_go_down():
    wrong = [
        f"{path.relative_to(ROOT)} imports {target}"
        for path in sources()
        for target in imported(path.read_text())
        if is_wrong(owner(path), target)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("webhooks", "jobs"), ("app", "migration"), ("domain", "store"), ("store", "clients"), ("services", "app"),
        ("jobs", "app"), ("sandbox", "services"), ("wsgi", "jobs"), ("domain", "settings"), ("clients", "services"),
    ],
)  # fmt: skip
def test_a_wrong_import_would_be_found(source, target):
    assert is_wrong(source, target)


def modules():
    entry_points = {"wsgi", "worker"}
    for path in sources():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] not in entry_points | {"bench", "sandbox"} and "schema" not in parts:
            yield ".".join(parts).removesuffix(".__init__")


def test_importing_does_nothing_even_with_an_empty_environment(tmp_path):
    code = f"import importlib; [importlib.import_module(name) for name in {sorted(modules())!r}]"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, list(tmp_path.iterdir())) == ("", [])


def test_the_web_process_loads_no_worker_code():
    worker_code = "[name for name in sys.modules if name.partition('.')[0] in {'jobs', 'migration'}]"
    code = f"import sys, app, descriptor.routes, webhooks.routes; print({worker_code})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_functions_and_modules_stay_small():
    long = []
    for path in sources():
        text = path.read_text()
        if text.count("\n") > 300:
            long.append(str(path.relative_to(ROOT)))
        if "schema" in path.parts:
            continue  # a schema change is one flat list of tables
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 40:
                long.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert long == []
