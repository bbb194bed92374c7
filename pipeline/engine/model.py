"""Who does the work of a run, as it is written in leopard.yaml."""

from typing import Any, Literal, get_args

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from schemas.base import Model

Name = Literal["local", "processes", "dask"]


class EngineOptions(Model):
    """The name of an engine alone says `use`."""

    use: Name = Field("local", description="This process, others on this machine, or a Dask cluster")
    workers: int | None = Field(
        None, ge=1, le=1024, description="How many processes work; by default as many as there are processors"
    )
    scheduler: str | None = Field(
        None,
        pattern=r"^(tcp|tls|ws|wss)://[^\s]+$",
        examples=["tcp://10.0.0.1:8786"],
        description="Address of Dask's scheduler; by default a cluster of this machine's own, for the run",
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        return {"use": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _fits(self) -> "EngineOptions":
        if self.scheduler is not None and self.use != "dask":
            raise ValueError(f"the engine {self.use} has no `scheduler`; that of `use: dask` has")
        if self.workers is not None and self.use == "local":
            raise ValueError("the engine local has no `workers`; those of `use: processes` and `dask` do")
        if self.workers is not None and self.scheduler is not None:
            raise ValueError("a cluster that runs already has its workers; leave `workers` out")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        options = handler.resolve_ref_schema(handler(core_schema))
        name = {"type": "string", "enum": list(get_args(Name))}
        return {"anyOf": [name, {**options}], "description": options.get("description", "")}
