/** Becomes the program of its further arguments when the connection to this port of 127.0.0.1 ends; says nothing before. */
import { once } from "node:events";
import { createConnection } from "node:net";

const [node = "", , port, name = "", program = "", ...args] = process.argv;
const gate = createConnection(Number(port), "127.0.0.1");
gate.write(name);
gate.resume();
await once(gate, "close");
process.argv = [node, program, ...args];
await import(program);
