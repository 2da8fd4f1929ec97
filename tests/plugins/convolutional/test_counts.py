"""The number of weights of every architecture is the published one; nothing is allocated to count them."""

import math
import tracemalloc

import pytest

from zoo.core.signature import Signature
from zoo.errors import ZooError
from zoo.registry import lookup

IMAGENET = (224, 224, 3)
COUNTS = (
    ("lenet5", {}, (28, 28), 10, 61_706),  # LeCun et al. 1998, figure 2, with full connections
    ("lenet5", {}, (32, 32, 1), 10, 61_706),
    ("alexnet", {}, IMAGENET, 1000, 62_378_344),
    ("alexnet", {"grouped": True}, IMAGENET, 1000, 60_965_224),  # Krizhevsky et al. 2012: 60 million
    ("alexnet", {}, (227, 227, 3), 1000, 62_378_344),
    ("vgg", {"depth": "11"}, IMAGENET, 1000, 132_863_336),  # Simonyan and Zisserman 2015, table 2: 133 million
    ("vgg", {"depth": "13"}, IMAGENET, 1000, 133_047_848),
    ("vgg", {"depth": "16"}, IMAGENET, 1000, 138_357_544),
    ("vgg", {"depth": "19"}, IMAGENET, 1000, 143_667_240),
    ("googlenet", {}, IMAGENET, 1000, 6_998_552),  # Szegedy et al. 2015, table 1
    ("googlenet", {"auxiliary": True}, IMAGENET, 1000, 13_378_280),
    ("resnet", {"depth": "18"}, IMAGENET, 1000, 11_689_512),
    ("resnet", {"depth": "34"}, IMAGENET, 1000, 21_797_672),
    ("resnet", {"depth": "50"}, IMAGENET, 1000, 25_557_032),
    ("resnet", {"depth": "101"}, IMAGENET, 1000, 44_549_160),
    ("resnet", {"depth": "152"}, IMAGENET, 1000, 60_192_808),
    ("resnet", {"depth": "20"}, (32, 32, 3), 10, 269_722),  # He et al. 2016, table 6: 0.27 million
    ("resnet", {"depth": "32"}, (32, 32, 3), 10, 464_154),
    ("resnet", {"depth": "44"}, (32, 32, 3), 10, 658_586),
    ("resnet", {"depth": "56"}, (32, 32, 3), 10, 853_018),
)


def shapes_of(name, options, shape, classes):
    signature = Signature("classification", shape, (classes,), tuple(map(str, range(classes))))
    return lookup.find_architecture(name).of(options).shapes(signature)


@pytest.mark.parametrize(("name", "options", "shape", "classes", "count"), COUNTS)
def test_weights_are_as_many_as_published(name, options, shape, classes, count):
    lookup.find_architecture(name)  # its modules are imported before memory is counted
    tracemalloc.start()
    shapes = list(shapes_of(name, options, shape, classes))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    learned = [size for path, size in shapes if not path.endswith(("/mean", "/variance"))]
    assert sum(math.prod(size) for size in learned) == count
    assert peak < 4 * 2**20


@pytest.mark.parametrize(
    ("name", "smallest"), [("lenet5", 12), ("alexnet", 63), ("vgg", 32), ("googlenet", 47), ("resnet", 1), ("cnn", 4)]
)
def test_the_smallest_image_is_told(name, smallest):
    assert list(shapes_of(name, {}, (smallest, smallest, 3), 5))
    if smallest == 1:
        return
    with pytest.raises(
        ZooError, match=f"{name}: got images of {smallest - 1}×{smallest} .*{smallest}×{smallest} at least"
    ):
        list(shapes_of(name, {}, (smallest - 1, smallest, 3), 5))


@pytest.mark.parametrize("name", ["lenet5", "resnet"])
def test_rows_of_a_table_are_no_images(name):
    with pytest.raises(ZooError, match=r"expected images: \(height, width\)"):
        list(shapes_of(name, {}, (4,), 3))
