#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Exports networks by PyTorch's own exporter, so that files exist that Forecost did not write.

Usage: /usr/bin/python3 tools/export_networks.py [--all] [--dynamo] [--list] FOLDER [NAME...]

Weights are random; beside each <name>.onnx lies <name>.json with the parameters as PyTorch counts them, and with
those of the file, where the classic exporter has folded batch normalisations into convolutions (the dynamo
exporter may).
Files that exist are left alone. Without --all or names only the small ones are written, for `make test`.
"""
import argparse
import json
import os
import pathlib
import random
import sys
import time
import warnings


def torchvision_model(name, **options):
    import torchvision

    return getattr(torchvision.models, name)(weights=None, **options)


def image_network(name, extent=224, **options):
    def make(torch):
        return torchvision_model(name, **options), (torch.randn(1, 3, extent, extent),)

    return make


def encoder(torch):
    nn = torch.nn

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(8000, 256)
            layer = nn.TransformerEncoderLayer(256, 4, 1024, activation="gelu", batch_first=True)
            # The fused fast path of nn.TransformerEncoder has no ONNX form.
            self.body = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
            self.head = nn.Linear(256, 8000)

        def forward(self, tokens):
            return self.head(self.body(self.embedding(tokens)))

    return Encoder(), (torch.randint(0, 8000, (1, 64)),)


def lstm_tagger(torch):
    nn = torch.nn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(5000, 128)
            self.recurrent = nn.LSTM(128, 192, num_layers=2, bidirectional=True, batch_first=True)
            self.head = nn.Linear(384, 45)

        def forward(self, tokens):
            hidden, _ = self.recurrent(self.embedding(tokens))
            return self.head(hidden).log_softmax(-1)

    return Tagger(), (torch.randint(0, 5000, (1, 40)),)


def gru_classifier(torch):
    nn = torch.nn

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.recurrent = nn.GRU(40, 128, num_layers=2, batch_first=True)
            self.head = nn.Linear(128, 12)

        def forward(self, frames):
            _, last = self.recurrent(frames)
            return self.head(last[-1])

    return Classifier(), (torch.randn(1, 100, 40),)


def unet(torch):
    nn = torch.nn

    def block(inside, outside):
        return nn.Sequential(
            nn.Conv2d(inside, outside, 3, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.LeakyReLU(0.1),
            nn.Conv2d(outside, outside, 3, padding=1),
            nn.GroupNorm(4, outside),
            nn.SiLU(),
        )

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.ModuleList([block(3, 16), block(16, 32), block(32, 64)])
            self.pool = nn.MaxPool2d(2)
            self.up = nn.ConvTranspose2d(64, 32, 2, stride=2)
            self.join = nn.ModuleList([block(64, 32), block(48, 16)])
            self.head = nn.Conv2d(16, 4, 1)

        def forward(self, x):
            first = self.down[0](x)
            second = self.down[1](self.pool(first))
            x = self.down[2](self.pool(second))
            x = self.join[0](torch.cat([self.up(x), second], 1))
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            return self.head(self.join[1](torch.cat([x, first], 1)))

    return UNet(), (torch.randn(1, 3, 128, 128),)


def mlp(torch):
    nn = torch.nn
    body = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.LayerNorm(512), nn.Dropout(), nn.Linear(512, 256), nn.Tanh(),
        nn.Linear(256, 10), nn.Softmax(-1))
    return body, (torch.randn(1, 1, 28, 28),)


# name: (how it is made, opset, symbol of its batch or None, small enough for every test)
NETWORKS = {
    "mlp": (mlp, 13, "batch", True),
    "lstm_tagger": (lstm_tagger, 14, "sentences", True),
    "gru_classifier": (gru_classifier, 13, "speakers", True),
    "unet": (unet, 15, "batch", True),
    "encoder": (encoder, 17, "batch", True),
    "resnet18": (image_network("resnet18"), 13, None, False),
    "mobilenet_v2": (image_network("mobilenet_v2"), 13, "batch", True),
    "mobilenet_v3_small": (image_network("mobilenet_v3_small"), 14, "batch", True),
    "squeezenet1_1": (image_network("squeezenet1_1"), 13, None, True),
    "shufflenet_v2_x1_0": (image_network("shufflenet_v2_x1_0"), 15, "batch", True),
    "efficientnet_b0": (image_network("efficientnet_b0"), 16, None, False),
    "densenet121": (image_network("densenet121"), 13, None, False),
    "googlenet": (image_network("googlenet", aux_logits=False, init_weights=False), 14, None, False),
    "vit_b_16": (image_network("vit_b_16"), 16, None, False),
    "regnet_y_400mf": (image_network("regnet_y_400mf"), 13, None, False),
    "convnext_tiny": (image_network("convnext_tiny"), 16, "batch", False),
}


def make_distinct(torch, module):
    """As after training, no two tensors are equal: the exporter stores equal ones once."""
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            if tensor.is_floating_point():
                tensor.add_(0.01 * torch.rand_like(tensor))


def written_differently(torch, module, inputs):
    """How many parameters fewer the file has than the module.

    A batch normalisation joins the convolution whose output it reads. A group normalisation becomes an instance
    normalisation with a scale and an offset of its own, beside the learned ones.
    """
    made_by, keep, fewer = {}, [], 0

    def hook(which, given, result):
        nonlocal fewer
        if isinstance(which, torch.nn.Conv2d):
            made_by[id(result)] = which
            keep.append(result)  # so that no later tensor has its id
        elif isinstance(which, torch.nn.BatchNorm2d) and id(given[0]) in made_by:
            fewer += which.num_features * (2 if made_by[id(given[0])].bias is not None else 1)
        elif isinstance(which, torch.nn.GroupNorm):
            fewer -= 2 * which.num_groups

    hooks = [part.register_forward_hook(hook) for part in module.modules()]
    with torch.no_grad():
        module(*inputs)
    for one in hooks:
        one.remove()
    return fewer


def export(torch, name, folder, dynamo):
    make, opset, symbol, _ = NETWORKS[name]
    torch.manual_seed(1)
    random.seed(1)
    module, inputs = make(torch)
    module.eval()
    make_distinct(torch, module)
    parameters = sum(p.numel() for p in module.parameters())
    target = folder / (name + ".onnx")
    partial = folder / (name + ".partial")
    if dynamo:
        torch.onnx.export(module, inputs, str(partial), dynamo=True, external_data=False, verbose=False)
    else:
        dynamic = {"input": {0: symbol}} if symbol else None
        torch.onnx.export(
            module, inputs, str(partial), opset_version=opset, input_names=["input"], output_names=["output"],
            dynamic_axes=dynamic)
    facts = {
        "parameters": parameters,
        "file_parameters": parameters - written_differently(torch, module, inputs),
        "torch": torch.__version__,
        "exporter": "dynamo" if dynamo else "classic",
        "opset": None if dynamo else opset,
        "batch_symbol": None if dynamo else symbol,
    }
    (folder / (name + ".json")).write_text(json.dumps(facts, indent=1) + "\n")
    os.replace(partial, target)  # last, so that a file that exists is whole
    return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="networks; without names, the small ones")
    parser.add_argument("--all", action="store_true", help="every network")
    parser.add_argument("--dynamo", action="store_true", help="by the exporter of newer PyTorch versions")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    options = parser.parse_args()
    wanted = options.names or [name for name, entry in NETWORKS.items() if options.all or entry[3]]
    if options.list:
        print("\n".join(wanted))
        return 0
    unknown = [name for name in wanted if name not in NETWORKS]
    if unknown:
        print(f"error: no network is called {unknown[0]}\n  hint: there are {', '.join(NETWORKS)}", file=sys.stderr)
        return 2
    options.folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in wanted if not (options.folder / (name + ".onnx")).exists()]
    for name in wanted:
        if name not in missing:
            print(f"{name:<20} is there")
    if not missing:
        return 0

    warnings.filterwarnings("ignore")
    try:
        import torch
        import torchvision  # noqa: F401  (found missing here rather than in the middle)
    except ImportError as problem:
        print(f"error: {problem}\n  hint: apt-get install python3-torch python3-torchvision", file=sys.stderr)
        return 77  # skipped
    failed = 0
    for name in missing:
        start = time.monotonic()
        try:
            facts = export(torch, name, options.folder, options.dynamo)
        except Exception as problem:  # whatever an exporter throws; the others are still wanted
            failed += 1
            print(f"{name:<20} failed: {type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}",
                  flush=True)
            continue
        size = (options.folder / (name + ".onnx")).stat().st_size / 2**20
        print(f"{name:<20} {facts['parameters']:>11} parameters {size:7.1f} MiB {time.monotonic() - start:5.1f} s",
              flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
