"""Writing pages whose channel is a folder."""

from pipeline.engine.base import Item
from pipeline.engine.workshop import Workshop


def write(shop: Workshop, facts: Item, item: Item) -> Item:
    raise NotImplementedError
