"""What content is: Pydantic models, problems and errors. No input or output; imports nothing else of ours."""
