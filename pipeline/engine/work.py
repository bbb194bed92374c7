"""The work that can be done apart, by name."""

from pipeline.engine.making import make
from pipeline.engine.reading import read
from pipeline.engine.rendering import render
from pipeline.engine.workshop import Work
from pipeline.engine.writing import write

WORK: dict[str, Work] = {"read": read, "make": make, "render": render, "write": write}
