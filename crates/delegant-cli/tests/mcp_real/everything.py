"""A server of both eras with what the conformance suite asks for. Listens on the port that it is told."""

import asyncio
import base64
import json
import sys
from typing import Annotated

from mcp import types
from mcp.server.mcpserver import Context, MCPServer, RequestStateSecurity
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.shared.exceptions import MCPError
from mcp.types import InputRequiredResult, TextContent
from pydantic import BaseModel, Field

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
server = MCPServer(name="everything", version="1", request_state_security=RequestStateSecurity(keys=[b"k" * 32]))


def tool(function):
    return server.tool(description=function.__name__)(function)


def prompt(function):
    return server.prompt(description=function.__name__)(function)


def text(said: str) -> TextContent:
    return TextContent(type="text", text=said)


def image() -> types.ImageContent:
    return types.ImageContent(type="image", data=PIXEL, mime_type="image/png")


def embedded(uri: str, kind: str, said: str) -> types.EmbeddedResource:
    inside = types.TextResourceContents(uri=uri, mime_type=kind, text=said)
    return types.EmbeddedResource(type="resource", resource=inside)


@tool
def test_simple_text() -> str:
    return "This is a simple text response for testing."


@tool
def test_image_content() -> list[types.ImageContent]:
    return [image()]


@tool
def test_audio_content() -> list[types.AudioContent]:
    return [types.AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")]


@tool
def test_embedded_resource() -> list[types.EmbeddedResource]:
    return [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")]


@tool
def test_multiple_content_types() -> list[TextContent | types.ImageContent | types.EmbeddedResource]:
    document = embedded("test://mixed-content-resource", "application/json", '{"test": "data", "value": 123}')
    return [text("Multiple content types test:"), image(), document]


@tool
async def test_tool_with_logging(ctx: Context) -> str:
    for step in ("started", "processing data", "completed"):
        await ctx.info(f"Tool execution {step}")
        await asyncio.sleep(0.05)
    return "done"


@tool
async def test_tool_with_progress(ctx: Context) -> str:
    for done in (0, 50, 100):
        await ctx.report_progress(progress=done, total=100, message=f"Completed step {done} of 100")
        await asyncio.sleep(0.05)
    return "done"


@tool
def test_error_handling() -> str:
    raise RuntimeError("This tool intentionally returns an error for testing")


@tool
async def test_sampling(prompt: str, ctx: Context) -> str:
    question = types.SamplingMessage(role="user", content=text(prompt))
    answer = await ctx.session.create_message(
        messages=[question], max_tokens=100, related_request_id=ctx.request_id
    )
    return f"LLM response: {getattr(answer.content, 'text', '')}"


class Response(BaseModel):
    response: str = Field(description="User's response")


class Defaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field(default="active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


@tool
async def test_elicitation(message: str, ctx: Context) -> str:
    answer = await ctx.elicit(message=message, schema=Response)
    return f"User response: action={answer.action}"


@tool
async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
    answer = await ctx.elicit(message="Please provide user information", schema=Defaults)
    return f"Elicitation completed: action={answer.action}"


@tool
def test_x_mcp_header(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "none") -> str:
    return region


@tool
async def test_missing_capability(ctx: Context) -> str:
    capabilities = ctx.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        raise MCPError(
            code=types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            message="sampling is needed",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return "sampling is there"


def ask(message: str, **properties: str) -> types.ElicitRequest:
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(question: str) -> types.CreateMessageRequest:
    message = types.SamplingMessage(role="user", content=text(question))
    return types.CreateMessageRequest(params=types.CreateMessageRequestParams(messages=[message], max_tokens=50))


def answered(ctx: Context, *names: str) -> bool:
    return set(names) <= set(ctx.input_responses or {})


@tool
async def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
    if answered(ctx, "user_name"):
        return f"Hello, {ctx.input_responses['user_name'].content.get('name')}!"
    return InputRequiredResult(input_requests={"user_name": ask("What is your name?", name="string")})


@tool
async def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
    if answered(ctx, "capital_question"):
        return f"The model said {ctx.input_responses['capital_question'].content.text}"
    return InputRequiredResult(input_requests={"capital_question": sample("What is the capital of France?")})


@tool
async def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
    if answered(ctx, "client_roots"):
        return f"{len(ctx.input_responses['client_roots'].roots)} roots"
    return InputRequiredResult(input_requests={"client_roots": types.ListRootsRequest()})


@tool
async def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
    if answered(ctx, "confirm") and ctx.request_state == "a state":
        return "state-ok"
    return InputRequiredResult(input_requests={"confirm": ask("Please confirm", ok="boolean")}, request_state="a state")


@tool
async def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
    if answered(ctx, "user_name", "greeting", "client_roots"):
        return "All inputs received."
    requests = {
        "user_name": ask("What is your name?", name="string"),
        "greeting": sample("Generate a greeting"),
        "client_roots": types.ListRootsRequest(),
    }
    return InputRequiredResult(input_requests=requests, request_state="several")


@tool
async def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
    state = json.loads(ctx.request_state or "{}")
    if state.get("round") == 2 and answered(ctx, "step2"):
        return f"{state['name']} likes {ctx.input_responses['step2'].content.get('color')}."
    if state.get("round") == 1 and answered(ctx, "step1"):
        name = ctx.input_responses["step1"].content.get("name")
        return InputRequiredResult(
            input_requests={"step2": ask("Which colour?", color="string")},
            request_state=json.dumps({"round": 2, "name": name}),
        )
    return InputRequiredResult(
        input_requests={"step1": ask("What is your name?", name="string")}, request_state='{"round": 1}'
    )


@tool
async def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
    if ctx.request_state is not None:
        return "state-ok"
    return InputRequiredResult(input_requests={"confirm": ask("Please confirm", ok="boolean")}, request_state="first")


@tool
async def test_input_required_result_capabilities(ctx: Context) -> InputRequiredResult:
    able = ctx.client_capabilities
    requests = {}
    if able is None or able.sampling is not None:
        requests["sample"] = sample("Say hello")
    if able is None or able.elicitation is not None:
        requests["ask"] = ask("What is your name?", name="string")
    return InputRequiredResult(input_requests=requests, request_state="by capability")


@tool
async def test_trigger_tool_change(ctx: Context) -> str:
    await ctx.notify_tools_changed()
    return "told"


@tool
async def test_trigger_prompt_change(ctx: Context) -> str:
    await ctx.notify_prompts_changed()
    return "told"


@server.resource("test://static-text")
def static_text() -> str:
    return "This is the content of the static text resource."


@server.resource("test://static-binary")
def static_binary() -> bytes:
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data")
def template(id: str) -> str:
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@prompt
def test_simple_prompt() -> list[UserMessage]:
    return [UserMessage(content=text("This is a simple prompt for testing."))]


@prompt
def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    return [UserMessage(content=text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]


@prompt
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    document = embedded(resourceUri, "text/plain", "Embedded resource content for testing.")
    return [UserMessage(content=document), UserMessage(content=text("Please process the embedded resource above."))]


@prompt
def test_prompt_with_image() -> list[UserMessage]:
    return [UserMessage(content=image()), UserMessage(content=text("Please analyze the image above."))]


@prompt
async def test_input_required_result_prompt(ctx: Context) -> list[UserMessage] | InputRequiredResult:
    if answered(ctx, "user_context"):
        return [UserMessage(content=text(f"Use {ctx.input_responses['user_context'].content.get('context')}"))]
    return InputRequiredResult(input_requests={"user_context": ask("What context?", context="string")})


@server.completion()
async def complete(ref, argument, context) -> types.Completion:
    return types.Completion(values=[], total=0, has_more=False)


async def done(ctx, params) -> types.EmptyResult:
    return types.EmptyResult()


# What MCPServer itself has no word for.
server._lowlevel_server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, done)
server._lowlevel_server.add_request_handler("resources/subscribe", types.SubscribeRequestParams, done)
server._lowlevel_server.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, done)
server.run(transport="streamable-http", port=int(sys.argv[1]))
