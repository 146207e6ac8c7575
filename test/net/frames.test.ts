import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BadFrame, createFrameReader, type Frame, writeFrame } from "../../src/net/frames.js";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const show = ({ opcode, final, payload }: Frame) =>
  `${opcode}${final ? "" : "+"} ${payload.toString("latin1")}`;

function catchOf(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

/** A frame as a server writes it. */
function serverFrame(opcode: number, payload: Buffer, final = true): Buffer {
  const { length } = payload;
  const first = (final ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  if (length < 65_536) {
    return Buffer.concat([Buffer.from([first, 126, length >> 8, length & 0xff]), payload]);
  }
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.from([first, 127]), size, payload]);
}

describe("createFrameReader", () => {
  it.each([
    ["81 02 6869", ["1 hi"]],
    ["01 01 68 80 01 69", ["1+ h", "0 i"]],
    ["82 00", ["2 "]],
    ["88 02 03f0", ["8 \u0003\u00f0"]],
    ["89 00 8a 01 78", ["9 ", "10 x"]],
    ["81 7e 0002 6869", ["1 hi"]],
    ["81 7f 0000000000000002 6869", ["1 hi"]],
    ["81", []],
    ["81 02 68", []],
    ["81 7e 00", []],
  ])("reads %s", (bytes, frames) => {
    expect(createFrameReader(100)(hex(bytes)).map(show)).toEqual(frames);
  });

  it.each([
    ["a reserved bit", "c1 00", "a reserved bit is set"],
    ["an unknown kind", "83 00", "a kind of frame that there is not"],
    ["a mask", "81 82 00000000 6869", "a server's frame is masked"],
    ["a ping in pieces", "09 00", "a control frame in pieces, or too long"],
    ["a long ping", "89 7e 007e", "a control frame in pieces, or too long"],
    ["over the cap", "81 65", "a frame that is too long"],
    ["an endless one", "81 7f 7fffffffffffffff", "a frame that is too long"],
    ["one of all ones", "ff ff", "a reserved bit is set"],
  ])("refuses %s by its first bytes", (_, bytes, message) => {
    expect(() => createFrameReader(100)(hex(bytes))).toThrow(new BadFrame(message));
  });

  it("reads the same however the bytes are cut", () => {
    const frame = fc.record({
      opcode: fc.constantFrom(0, 1, 2),
      payload: fc.uint8Array({ maxLength: 300 }),
      final: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.nat(20), (frames, step) => {
        const bytes = Buffer.concat(
          frames.map((one) => serverFrame(one.opcode, Buffer.from(one.payload), one.final)),
        );
        const read = createFrameReader(1000);
        const found: Frame[] = [];
        for (let at = 0; at < bytes.length; at += step + 1) {
          found.push(...read(bytes.subarray(at, at + step + 1)));
        }
        expect(found.map(show)).toEqual(
          frames.map((one) => show({ ...one, payload: Buffer.from(one.payload) })),
        );
      }),
    );
  });

  it("throws nothing but BadFrame, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(catchOf(() => createFrameReader(50)(bytes))).toSatisfy(
          (error) => error === null || error instanceof BadFrame,
        );
      }),
    );
  });
});

describe("writeFrame", () => {
  it.each([0, 1, 125, 126, 65_535, 65_536])("masks %i bytes", (length) => {
    const payload = Buffer.alloc(length, "x");
    const frame = writeFrame(1, payload);
    const [first = 0, second = 0] = frame;
    expect(first).toBe(0x81);
    expect(second & 0x80).toBe(0x80);
    const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const mask = frame.subarray(start, start + 4);
    const unmasked = frame.subarray(start + 4).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    expect(Buffer.from(unmasked).equals(payload)).toBe(true);
    // Without its mask it is a frame as a server writes it.
    const plain = Buffer.concat([frame.subarray(0, start), unmasked]);
    plain[1] = second & 0x7f;
    expect(createFrameReader(100_000)(plain)).toEqual([{ opcode: 1, final: true, payload }]);
  });
});
