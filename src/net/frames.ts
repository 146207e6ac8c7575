import { randomBytes } from "node:crypto";

/** The kinds of WebSocket frames (RFC 6455, 5.2). */
export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame as it came. */
export interface Frame {
  readonly opcode: number;
  /** Whether the message ends with it. */
  readonly final: boolean;
  readonly payload: Buffer;
}

const longestControl = 125;
const known: readonly number[] = Object.values(opcodes);

/** What is not a server's WebSocket frame, or longer than allowed. */
export class BadFrame extends Error {
  override readonly name = "BadFrame";
}

/**
 * Makes a function that takes the bytes of a server as they come, and gives the frames that they
 * complete. No extension is ever offered, so that any reserved bit is an error.
 *
 * @param maxBytes for the payload of one frame: a longer one is refused by its announcement
 * @throws BadFrame from that function; what comes after is not to be read
 */
export function createFrameReader(maxBytes: number): (chunk: Uint8Array) => Frame[] {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const head = readHead(rest, maxBytes);
      if (head === null || rest.length < head.size + head.length) return frames;
      const payload = Buffer.from(rest.subarray(head.size, head.size + head.length));
      rest = rest.subarray(head.size + head.length);
      frames.push({ opcode: head.opcode, final: head.final, payload });
    }
  };
}

/** Null while there is too little to tell. */
function readHead(bytes: Buffer, maxBytes: number) {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const final = (first & 0x80) !== 0;
  const opcode = first & 0x0f;
  if ((first & 0x70) !== 0) throw new BadFrame("a reserved bit is set");
  if (!known.includes(opcode)) throw new BadFrame("a kind of frame that there is not");
  if ((second & 0x80) !== 0) throw new BadFrame("a server's frame is masked");
  const short = second & 0x7f;
  if (opcode >= opcodes.close && (!final || short > longestControl)) {
    throw new BadFrame("a control frame in pieces, or too long");
  }
  const size = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < size) return null;
  const length =
    size === 2 ? short : size === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > maxBytes) throw new BadFrame("a frame that is too long");
  return { opcode, final, size, length };
}

/** A client's frame, whole and masked. */
export function writeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const mask = randomBytes(4);
  const head =
    length <= longestControl
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : length <= 0xffff
        ? Buffer.from([0x80 | opcode, 0xfe, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 0xff]), writeLength(length)]);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

function writeLength(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
