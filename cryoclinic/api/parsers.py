"""What we read: JSON, as far as a program can take it apart."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import exceptions
from rest_framework.parsers import JSONParser


class JsonBody(JSONParser):
    """A body in JSON; one that is nested without end is as unreadable as one that is cut off."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """
        Return what the body says.

        :raises ParseError: if it is not JSON, or nested too deep to be read
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("The JSON is nested too deep.") from error
