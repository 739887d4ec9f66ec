# SPDX-License-Identifier: Apache-2.0
"""Networks exported by PyTorch's dynamo exporter (the newest PyTorch of PyPI, several GB in build/venv-torch)."""
import json
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / "build" / "venv-torch"
FOLDER = ROOT / "build" / "exported_dynamo"
# Whole, with CUDA: PyPI has no wheel for x86-64 without it, and PyTorch does not load when its libraries are absent.
PACKAGES = ["torch", "torchvision", "onnx", "onnxscript", "numpy"]


def result(name, value, unit, goal=None, met=None):
    tail = f" goal {goal} {'met' if met else 'missed'}" if goal is not None else ""
    print(f"RESULT dynamo_exports.{name} {value} {unit}{tail}", flush=True)


def python_with_torch():
    """The interpreter of build/venv-torch, or None, and why not."""
    python = VENV / "bin" / "python"
    if not python.exists():
        venv.create(VENV, with_pip=True)
    probe = [str(python), "-c", "import onnxscript, torch, torchvision; print(torch.__version__)"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        print(f"installing into build/venv-torch: {' '.join(PACKAGES)}", flush=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        if subprocess.run(pip).returncode != 0:
            return None, "PyTorch could not be installed from PyPI"
    told = subprocess.run(probe, capture_output=True, text=True)
    if told.returncode != 0:
        return None, f"PyTorch is installed and does not load: {told.stderr.strip().splitlines()[-1]}"
    print(f"PyTorch {told.stdout.strip()}", flush=True)
    return python, ""


def inspect(file):
    """What Forecost says of a file: (report, "") or (None, error)."""
    command = [str(ROOT / "build" / "bin" / "forecost"), "inspect", str(file), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return None, " ".join(done.stderr.split())
    return json.loads(done.stdout), ""


def main():
    python, why = python_with_torch()
    if python is None:
        print(f"RESULT dynamo_exports absent {why}")
        return 0
    exporter = [str(python), str(ROOT / "tools" / "export_networks.py"), "--all", "--dynamo"]
    names = subprocess.run([*exporter, "--list", str(FOLDER)], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run([*exporter, str(FOLDER)])  # says what failed; what is there is inspected

    files = sorted(FOLDER.glob("*.onnx"))
    read = equal = 0
    unknown = {}
    for file in files:
        facts = json.loads(file.with_suffix(".json").read_text())
        report, error = inspect(file)
        if report is None:
            print(f"{file.stem:<20} not read: {error}")
            continue
        read += 1
        strange = report.get("unknown_operators", {})
        for op in strange:
            unknown[op] = unknown.get(op, 0) + 1
        # As in the classic exporter, batch normalisation may have joined a convolution.
        same = report["parameters"] in (facts["parameters"], facts["file_parameters"])
        equal += same
        print(f"{file.stem:<20} {report['layer_count']:>5} layers {report['parameters']:>11} parameters, PyTorch counts "
              f"{facts['parameters']:>11}{'' if same else '  DIFFERENT'}{'  unknown: ' + ' '.join(strange) if strange else ''}")
    result("exported", len(files), "files", f">= {len(names)}", len(files) >= len(names))
    result("read", read, "files", f">= {len(files)}", read == len(files))
    result("unknown_operators", len(unknown), "operators", "<= 0", not unknown)
    result("parameters_equal", equal, "files", f">= {len(files)}", equal == len(files))
    return 0


if __name__ == "__main__":
    sys.exit(main())
