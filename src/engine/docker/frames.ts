/** What a container wrote, by stream. */
export interface ConsolePiece {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

const HEADER = 8;

/**
 * Takes the attach and logs stream of a container without a terminal apart: an 8-byte header (stream, three zeros, length
 * big-endian), then that many bytes (Docker Engine API, "Attach to a container": stream format). Feeds may cut anywhere;
 * a payload is handed on as it comes, so a huge frame is never held whole.
 */
export class FrameDecoder {
  #header = Buffer.alloc(0);
  #left = 0;
  #stream: ConsolePiece['stream'] = 'stdout';
  #raw = false;

  /** The pieces in a chunk, in order, sharing its memory. */
  decode(chunk: Buffer): readonly ConsolePiece[] {
    if (this.#raw) return [{ stream: 'stdout', data: chunk }];
    const pieces: ConsolePiece[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        append(pieces, this.#stream, chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        continue;
      }
      const need = HEADER - this.#header.length;
      const part = chunk.subarray(at, at + need);
      at += part.length;
      const header = this.#header.length === 0 ? part : Buffer.concat([this.#header, part]);
      if (header.length < HEADER) {
        this.#header = Buffer.from(header);
        break;
      }
      this.#header = Buffer.alloc(0);
      if (!isHeader(header)) {
        // Some engines send a plain stream: better the bytes as they are than nothing.
        this.#raw = true;
        append(pieces, 'stdout', Buffer.concat([header, chunk.subarray(at)]));
        break;
      }
      this.#stream = header[0] === 2 ? 'stderr' : 'stdout';
      this.#left = header.readUInt32BE(4);
    }
    return pieces;
  }
}

function isHeader(header: Buffer): boolean {
  return (header[0] ?? 9) <= 2 && header[1] === 0 && header[2] === 0 && header[3] === 0;
}

function append(pieces: ConsolePiece[], stream: ConsolePiece['stream'], data: Buffer): void {
  if (data.length > 0) pieces.push({ stream, data });
}
