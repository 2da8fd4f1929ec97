// The socket: JSON to the server; JSON and frames from it. It comes back by itself when the connection is lost.

const TYPES = { u1: Uint8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array };

export class Link {
  constructor({ onMessage, onFrame, onOpen, onLost }) {
    Object.assign(this, { onMessage, onFrame, onOpen, onLost });
    this.wait = 500;
    this.open();
  }

  open() {
    const socket = (this.socket = new WebSocket(`ws://${location.host}/socket`));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { this.wait = 500; this.onOpen(); };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.onMessage(JSON.parse(data));
      else this.onFrame(decode(data));
    };
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.onLost();
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(8000, this.wait * 1.6);
    };
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

// A frame: 1, length of the JSON (4 bytes), JSON, padding to 8, arrays. {"array": [offset, type, shape]} stands for one.
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(1, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 5, length)));
  const start = Math.ceil((5 + length) / 8) * 8;
  const revive = (value) => {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(revive);
    if (Array.isArray(value.array) && Object.keys(value).length === 1) {
      const [offset, type, shape] = value.array;
      const count = shape.reduce((a, b) => a * b, 1);
      return { shape, data: new TYPES[type](buffer, start + offset, count) };
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
  };
  return revive(header);
}
