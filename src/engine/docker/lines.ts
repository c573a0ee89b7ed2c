const LF = 0x0a;
const CR = 0x0d;
/** A line longer than this is handed on in pieces, so that memory stays bounded. Bytes. */
export const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * Splits bytes into text lines as they come. A line ends at LF, CRLF or a lone CR (progress bars); an empty one only at LF
 * or CRLF. Bytes are decoded by whole lines, so a UTF-8 character that a chunk cuts stays whole; invalid bytes become U+FFFD.
 */
export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  /** The last byte was a CR that ended a line already: a following LF belongs to it. */
  #afterCr = false;

  /** Bytes held back, because their line is not complete. */
  get pending(): number {
    return this.#length;
  }

  /** Whole lines that end in this chunk. The chunk's memory is not kept. */
  push(chunk: Buffer): readonly string[] {
    const last = Math.max(chunk.lastIndexOf(LF), chunk.lastIndexOf(CR));
    const lines: string[] = [];
    if (last >= 0) {
      const end = last + 1;
      const whole = this.#parts.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.#parts, chunk.subarray(0, end)]);
      this.#parts = [];
      this.#length = 0;
      this.#split(whole, lines);
    }
    const rest = chunk.subarray(last + 1);
    if (rest.length > 0) {
      this.#afterCr = false;
      this.#parts.push(Buffer.from(rest));
      this.#length += rest.length;
      if (this.#length > LONGEST_LINE) lines.push(...this.end());
    }
    return lines;
  }

  /** The line that waits for its end, as far as it came. */
  peek(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }

  /** The line that never got its end. */
  end(): readonly string[] {
    if (this.#length === 0) return [];
    const rest = this.peek();
    this.#parts = [];
    this.#length = 0;
    return [rest];
  }

  #split(bytes: Buffer, lines: string[]): void {
    // CR and LF are never part of a longer UTF-8 sequence: decoding whole lines at once is safe, and fast.
    const text = bytes.toString('utf8');
    let afterCr = this.#afterCr;
    for (let start = 0; start < text.length; ) {
      const lf = text.indexOf('\n', start);
      const line = text.slice(start, lf < 0 ? text.length : lf);
      start += line.length + 1;
      const pieces = line === '' ? [] : line.includes('\r') ? line.split('\r').filter((piece) => piece !== '') : [line];
      for (const piece of pieces) lines.push(piece);
      if (lf < 0) {
        afterCr = pieces.length > 0 || afterCr;
        continue;
      }
      if (pieces.length === 0 && !afterCr) lines.push('');
      afterCr = false;
    }
    this.#afterCr = afterCr;
  }
}
