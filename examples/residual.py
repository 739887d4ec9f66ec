# SPDX-License-Identifier: Apache-2.0
"""Stands for a training: larger networks do better, with diminishing returns; a learning rate of 0.01 is best."""

import json
import math
import os
import sys

task = json.loads(sys.stdin.readline())
design = task["design"]
size = os.path.getsize(task["network"])  # the ONNX file of this design, as a real training would load it
final = 0.05 + 0.3 * math.exp(-size / 4e5) + 0.02 * (math.log10(design["rate"]) + 2) ** 2
for epoch in range(1, 6):
    error = final + 0.5 * math.exp(-epoch)
    print(json.dumps({"step": epoch, "metrics": {"error": error}}), flush=True)
print(json.dumps({"metrics": {"error": final}}))
