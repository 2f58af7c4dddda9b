"""Makes wheels without code. Standard input: a JSON list of {name, version, requires, extras}; argument: the directory.
Prints a JSON object of file name to SHA-256."""

import hashlib
import json
import pathlib
import sys
import zipfile

directory = pathlib.Path(sys.argv[1])
made = {}
for wheel in json.load(sys.stdin):
    stem = f"{wheel['name']}-{wheel['version']}"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {wheel['name']}",
        f"Version: {wheel['version']}",
        *(f"Provides-Extra: {extra}" for extra in wheel.get("extras", [])),
        *(f"Requires-Dist: {requirement}" for requirement in wheel.get("requires", [])),
    ]
    files = {
        f"{stem}.dist-info/METADATA": "\n".join(metadata) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{stem}.dist-info/RECORD"
    path = directory / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(record, "".join(f"{name},,\n" for name in [*files, record]))
    made[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
print(json.dumps(made))
