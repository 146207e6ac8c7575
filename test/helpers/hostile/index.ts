/**
 * Servers that no client should be fooled by. Each is real, listens on a free port of loopback,
 * records every byte that it is sent and is closed after the test. Its comment names the verdict
 * that a probe owes it; "the server behind" is a reference server that answers all the rest, so that
 * one lie can be told in otherwise perfect company. None but those that are said to do as the server
 * behind does may ever see the key.
 */
export * from "./answers.js";
export * from "./bytes.js";
export { listensOnIpv4Only, listensOnIpv6Only, listensOnUnixSocket } from "./places.js";
export type { HostileServer, Manners } from "./start.js";
export * from "./tls.js";
export * from "./web-sockets.js";
