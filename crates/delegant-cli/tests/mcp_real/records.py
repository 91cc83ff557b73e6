"""A server made with FastMCP, of both eras: some records, over stdio, or on the port that it is told."""

import base64
import sys

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.utilities.types import Image

server = FastMCP("records", version="1")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="


@server.tool
def read_encounters(patient: str, last: int = 1) -> list[dict[str, str | int]]:
    """The last encounters of a patient"""
    return [{"patient": patient, "number": number, "reason": "crise d’épilepsie"} for number in range(last)]


@server.tool
def add(a: float, b: float) -> float:
    """The sum"""
    return a + b


@server.tool
def picture(patient: str) -> Image:
    """A picture"""
    return Image(data=base64.b64decode(PIXEL), format="png")


@server.tool
def fail(patient: str) -> str:
    """Fails"""
    raise ToolError(f"no patient {patient}")


@server.resource("records://about")
def about() -> str:
    """What this is"""
    return "The records of a clinic."


@server.prompt
def summary(patient: str) -> str:
    """Asks for a summary"""
    return f"Summarise what is known of {patient}."


if len(sys.argv) > 1:
    server.run(transport="http", port=int(sys.argv[1]), show_banner=False)
else:
    server.run(show_banner=False)
