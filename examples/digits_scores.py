# SPDX-License-Identifier: Apache-2.0
"""Trains three networks on scikit-learn's 8 x 8 digits and writes their answers to the test half, as forecost cascade
reads them: python3 digits_scores.py > digits_scores.csv (needs scikit-learn)."""

import sys

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

images, labels = load_digits(return_X_y=True)
images = images / 16
halved = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)  # 4 x 4 pixels
networks = {"tiny": (halved, ()), "small": (halved, (16,)), "big": (images, (256, 128))}

print("sample,network,confidence,correct")
train, test = train_test_split(range(len(labels)), test_size=0.5, random_state=0, stratify=labels)
for name, (inputs, layers) in networks.items():
    network = MLPClassifier(layers, max_iter=400, random_state=0)
    network.fit(inputs[train], labels[train])
    scores = network.predict_proba(inputs[test])
    ranked = scores.copy()
    ranked.sort(axis=1)
    for sample, row, order in zip(test, scores, ranked):
        print(f"{sample},{name},{order[-1] - order[-2]:.4f},{int(row.argmax() == labels[sample])}")
print(f"{len(test)} samples", file=sys.stderr)
