import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { Header, SocketRecord, SocketTalk } from "./message.js";
import { ProbeFailure } from "./failure.js";
import { BadFrame, createFrameReader, type Frame, opcodes, writeFrame } from "./frames.js";

/** How long a WebSocket is listened to. */
export interface Patience {
  /** Milliseconds until silence counts as silence. */
  readonly silenceMs: number;
  /** Milliseconds in which a socket that answers a ping may still hang up. */
  readonly graceMs: number;
}

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const maxBytes = 65_536;
const hungUp = 1006;
const noCode = 1005;
const goingAway = Buffer.from([0x03, 0xe8]);

/** What the handshake of a WebSocket is asked with, beside the request's own headers. */
export function createHandshake({ protocols }: SocketTalk): {
  readonly headers: readonly Header[];
  /** @throws ProbeFailure `not-websocket` when a 101 is no answer to this handshake */
  verify(response: IncomingMessage): void;
} {
  const key = randomBytes(16).toString("base64");
  const proof = createHash("sha1")
    .update(key + guid)
    .digest("base64");
  const offer: readonly Header[] =
    protocols.length === 0 ? [] : [["Sec-WebSocket-Protocol", protocols.join(", ")]];
  return {
    headers: [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", key],
      ["Sec-WebSocket-Version", "13"],
      ...offer,
    ],
    verify({ headers }) {
      const selected = headers["sec-websocket-protocol"];
      const fits =
        headers.upgrade?.toLowerCase() === "websocket" &&
        headers["sec-websocket-accept"] === proof &&
        headers["sec-websocket-extensions"] === undefined &&
        (selected === undefined || protocols.includes(selected));
      if (!fits) throw new ProbeFailure("not-websocket", "it upgrades, but to no WebSocket");
    },
  };
}

/**
 * Says what is to be said on a WebSocket that is open, and listens until it is enough. Where nothing
 * is expected, a ping shows whether the other side lives: 101 alone would be proof of nothing.
 *
 * @param head what came with the handshake's answer
 * @throws ProbeFailure `not-websocket` for anything but frames
 */
export function talk(
  socket: Socket,
  head: Uint8Array,
  { say, enough }: SocketTalk,
  patience: Patience,
  signal: AbortSignal,
): Promise<SocketRecord> {
  return new Promise((resolve, reject) => {
    const messages: string[] = [];
    let pieces: Buffer[] | null = null;
    let total = 0;
    let answersPing = false;
    let timer = setTimeout(() => finish(null), patience.silenceMs);

    const finish = (close: number | null) => {
      letGo();
      if (close === null) socket.write(writeFrame(opcodes.close, goingAway));
      resolve({ messages, close, answersPing });
    };
    const fail = (failure: ProbeFailure) => {
      letGo();
      reject(failure);
    };
    const letGo = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("data", onData).off("close", onClose).off("end", onClose);
    };
    const onAbort = () => fail(new ProbeFailure("no-answer", "the WebSocket was silent"));
    const onClose = () => finish(hungUp);
    const onData = (chunk: Uint8Array) => {
      try {
        for (const frame of read(chunk)) if (take(frame)) return;
      } catch (error) {
        if (!(error instanceof BadFrame)) throw error;
        fail(new ProbeFailure("not-websocket", "what it sends is no WebSocket's"));
      }
    };
    const read = createFrameReader(maxBytes);

    /** True when nothing more is to be read. */
    const take = ({ opcode, final, payload }: Frame): boolean => {
      switch (opcode) {
        case opcodes.close:
          finish(payload.length < 2 ? noCode : payload.readUInt16BE(0));
          return true;
        case opcodes.ping:
          socket.write(writeFrame(opcodes.pong, payload));
          return false;
        case opcodes.pong:
          return takePong();
        default:
          return takePiece(opcode, final, payload);
      }
    };
    const takePong = (): boolean => {
      if (enough === undefined && !answersPing) {
        clearTimeout(timer);
        // Never at once: a close may be in the very bytes that are being read.
        timer = setTimeout(() => finish(null), patience.graceMs);
      }
      answersPing = true;
      return false;
    };
    const takePiece = (opcode: number, final: boolean, payload: Buffer): boolean => {
      if ((opcode === opcodes.more) !== (pieces !== null))
        throw new BadFrame("pieces out of order");
      // Empty pieces count as well: there could be any number of them.
      total += payload.length + 1;
      if (total > maxBytes) throw new BadFrame("messages that are too long");
      pieces ??= [];
      pieces.push(payload);
      if (!final) return false;
      messages.push(Buffer.concat(pieces).toString("utf8"));
      pieces = null;
      if (enough?.(messages) !== true) return false;
      finish(null);
      return true;
    };

    signal.addEventListener("abort", onAbort);
    socket.on("data", onData).on("close", onClose).on("end", onClose);
    for (const text of say) socket.write(writeFrame(opcodes.text, Buffer.from(text)));
    if (enough === undefined) socket.write(writeFrame(opcodes.ping, randomBytes(4)));
    onData(head);
    socket.resume();
    if (signal.aborted) onAbort();
  });
}
