"""Writes what NumPy, scikit-learn and safetensors make of small inputs, for their twins in Java.

    pip install numpy==2.4.6 scikit-learn==1.9.1 safetensors==0.8.0 ml_dtypes==0.5.4
    python library/src/test/python/evaluate/formats_fixture.py

Writes into library/src/test/resources/org/directpred:
  evaluate/formats.json        balanced accuracies; the bytes of .npy files
  tensor/dtypes.safetensors    one array of each type that safetensors and PyTorch share
"""

import base64
import io
import json
import pathlib
import warnings

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file
from sklearn.metrics import balanced_accuracy_score

RESOURCES = pathlib.Path(__file__).resolve().parents[2] / "resources/org/directpred"


def npy(array):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=(1, 0))
    return base64.b64encode(out.getvalue()).decode()


def balanced():
    rng = np.random.default_rng(3)
    cases = []
    for classes, rows in [(2, 40), (3, 25), (10, 300), (4, 9)]:
        truth = rng.choice(classes, rows, p=np.arange(1, classes + 1) / (classes * (classes + 1) / 2))
        predicted = np.where(rng.random(rows) < 0.6, truth, rng.integers(classes, size=rows))
        if classes == 4:
            truth[truth == 2] = 1  # a class that is predicted and never true
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = balanced_accuracy_score(truth, predicted)
        cases.append(
            {
                "classes": classes,
                "truth": truth.tolist(),
                "predicted": predicted.tolist(),
                "balanced": score,
            }
        )
    return cases


def main():
    rows = np.array([[0.5, -1.25, 3e38], [1e-45, 0.1, -0.0]], dtype="<f4")
    labels = np.array([1, -1], dtype="<i4")
    wide = np.arange(300, dtype="<f4").reshape(100, 3)
    (RESOURCES / "evaluate/formats.json").write_text(
        json.dumps(
            {
                "balanced": balanced(),
                "rows": npy(rows),
                "labels": npy(labels),
                "wide": npy(wide),
            },
            indent=1,
        )
        + "\n"
    )
    values = np.array([[0.0, 1.0, -2.5], [65504.0, 6.103515625e-05, 0.333251953125]])
    (RESOURCES / "tensor").mkdir(exist_ok=True)
    save_file(
        {
            "f64": values,
            "f32": values.astype(np.float32),
            "f16": values.astype(np.float16),
            "bf16": values.astype(ml_dtypes.bfloat16),
            "i64": np.array([0, -1, 2**40]),
            "num_batches_tracked": np.array(7),
            "i32": np.array([-(2**31), 2**31 - 1], dtype=np.int32),
            "i8": np.array([-128, 127], dtype=np.int8),
            "u8": np.array([0, 255], dtype=np.uint8),
            "bool": np.array([True, False]),
        },
        RESOURCES / "tensor/dtypes.safetensors",
        metadata={"format": "pt"},
    )


if __name__ == "__main__":
    main()
