// Calls tools with the TypeScript client: `call.cjs {"server": [program, ...] | url, "era": ..., "calls": [[name, arguments], ...]}`.
// Says one line for each call: what was returned, or what was raised.
const { Client, ProtocolError, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");

async function main() {
  const { server, era, calls } = JSON.parse(process.argv[2]);
  const mode = era === "modern" ? { pin: "2026-07-28" } : era;
  const client = new Client({ name: "call", version: "1" }, { versionNegotiation: { mode } });
  const [command, ...args] = server;
  const transport = Array.isArray(server)
    ? new StdioClientTransport({ command, args })
    : new StreamableHTTPClientTransport(new URL(server));
  await client.connect(transport);
  for (const [name, given] of calls) {
    try {
      const result = await client.callTool({ name, arguments: given });
      console.log(JSON.stringify({ era: client.getProtocolEra(), returned: result }));
    } catch (error) {
      const { code, message, data } = error;
      const type = error instanceof ProtocolError ? "ProtocolError" : error.constructor.name;
      console.log(JSON.stringify({ era: client.getProtocolEra(), raised: { type, code, message, data } }));
    }
  }
  await client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
