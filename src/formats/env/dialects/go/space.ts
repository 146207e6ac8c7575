/** Whether Go's `unicode.IsSpace` calls the character a blank: docker and compose go by it. */
export function isGoSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** The first place from `from` on that is not a blank to Go. */
export function skipGoSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isGoSpace(text.charCodeAt(at))) at += 1;
  return at;
}
