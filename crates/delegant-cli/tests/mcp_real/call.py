"""Calls tools with a Python client: `call.py mcp|fastmcp {"server": [program, ...], "era": ..., "calls": [[name, arguments], ...]}`.

Says one line for each call: what was returned, or what was raised.
"""

import asyncio
import json
import sys

import fastmcp
import mcp
from fastmcp.client.transports import StdioTransport

which = sys.argv[1]
asked = json.loads(sys.argv[2])
program, *arguments = asked["server"]
mode = {"modern": "auto", "legacy": "legacy"}[asked["era"]]


def era(version: str) -> str:
    return "modern" if version >= "2026" else "legacy"


async def main() -> None:
    if which == "mcp":
        client = mcp.Client(mcp.StdioServerParameters(command=program, args=arguments), mode=mode)
    else:
        client = fastmcp.Client(StdioTransport(program, arguments, keep_alive=False), mode=mode)
    async with client:
        version = client.protocol_version
        for name, given in asked["calls"]:
            try:
                call = client.call_tool if which == "mcp" else client.call_tool_mcp
                result = await call(name, given)
                said = {"returned": result.model_dump(mode="json", by_alias=True, exclude_none=True)}
            except Exception as error:
                inner = getattr(error, "error", error)
                seen = {name: getattr(inner, name, None) for name in ("code", "message", "data")}
                said = {"raised": {"type": type(error).__name__, **seen}}
            print(json.dumps({"era": era(version), **said}), flush=True)


asyncio.run(main())
