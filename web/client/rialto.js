// The browser's side of a Rialto gateway: topics over one WebSocket that comes back by itself.
// Works in pages, workers, Deno and Node from 22 on. The types, with a line on each call, are in rialto.d.ts.
//
//   import rialto from "/rialto.js";
//   const bus = rialto();
//   bus.subscribe("sensors/+/temp", { from: "last" }, m => console.log(m.topic, m.json()));
//   await bus.publish("cmd/lamp", { on: true });

const fire = (target, type, properties) => target.dispatchEvent(Object.assign(new Event(type), properties));

const utf8 = new TextDecoder();

export class RialtoError extends Error {
  constructor({ code, error, msg, retry }) {
    super(msg);
    Object.assign(this, { name: "RialtoError", code, error, retry: !!retry });
  }
}

class Message {
  constructor(frame, bytes) {
    const { op, b64, ...fields } = frame;
    Object.assign(this, fields);
    if (b64 != null) bytes = Uint8Array.from(atob(b64), c => c.charCodeAt(0));
    if (bytes) this.bytes = bytes;
  }
  string() {
    return this.text ?? (this.bytes ? utf8.decode(this.bytes) : JSON.stringify(this.data));
  }
  json() {
    return "data" in this ? this.data : JSON.parse(this.string());
  }
}

// Whether a topic is what a filter asks for; "$…" is hidden from a leading wildcard.
const matches = (filter, topic) => {
  if (filter.startsWith("$share/")) filter = filter.split("/").slice(2).join("/");
  const levels = topic.split("/"), parts = filter.split("/");
  if (topic[0] == "$" && (parts[0] == "+" || parts[0] == "#")) return false;
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] == "#") return true;
    if (i >= levels.length || (parts[i] != "+" && parts[i] != levels[i])) return false;
  }
  return levels.length == parts.length;
};

class Subscription extends EventTarget {
  #leave;
  #kept = [];       // what the iterator has not taken yet
  #iterates = false;
  #limit;
  #lost = 0;
  #wake;
  #ended;

  constructor(topic, limit, leave) {
    super();
    this.topic = topic;
    this.#limit = limit;
    this.#leave = leave;
    this.ready = new Promise((resolve, reject) => {
      this.addEventListener("ready", resolve, { once: true });
      this.addEventListener("close", e => reject(e.error ?? new RialtoError({ msg: "unsubscribed" })), { once: true });
    });
    this.ready.catch(() => {});
  }
  take(message) {
    fire(this, "message", { message });
    if (!this.#iterates) return;
    this.#kept.push(message);
    if (this.#kept.length > this.#limit) {
      this.#kept.shift();
      fire(this, "gap", { lost: ++this.#lost });
    }
    this.#wake?.();
  }
  end(error) {
    if (this.#ended) return;
    this.#ended = { error };
    if (error) fire(this, "error", { error });
    fire(this, "close", { error });
    this.#wake?.();
  }
  unsubscribe() {
    return this.#leave(this);
  }
  async *[Symbol.asyncIterator]() {
    this.#iterates = true;
    try {
      for (;;) {
        while (this.#kept.length) yield this.#kept.shift();
        if (this.#ended?.error) throw this.#ended.error;
        if (this.#ended) return;
        await new Promise(resolve => (this.#wake = resolve));
      }
    } finally {
      this.#iterates = false;
      this.unsubscribe();
    }
  }
}

export class Rialto extends EventTarget {
  state = "idle";
  #url;
  #options;
  #socket;
  #timer;           // to the next attempt, or until the connection counts as dead
  #attempts = 0;
  #window;          // in which the gateway asked us to come back
  #ping = 25;
  #epoch;
  #replaying;       // the entry whose past is coming: nobody else wants it again
  #id = 0;
  #replies = new Map();   // id → [resolve, reject] of what ends with the connection
  #publishes = new Map(); // id → { send, resolve, reject }; they survive it
  #entries = new Map();   // filter → { options, subs, seq }
  #wakeUp = () => {
    if (globalThis.document?.hidden) return;
    if (this.state == "open") this.#watch();
    else if (this.state == "waiting") this.#open();
  };
  #hide = () => this.#drop(1001);
  #hooks = [["visibilitychange", globalThis.document], ["online"], ["pageshow"], ["pagehide", globalThis, this.#hide]];

  constructor(url = "/ws", options = {}) {
    super();
    this.#options = { minDelay: 500, maxDelay: 20000, timeout: 10000, WebSocket: globalThis.WebSocket, ...options };
    const address = new URL(url, globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#url = address.href;
    if (options.connect !== false) this.connect();
  }

  connect() {
    if (this.state == "idle" || this.state == "closed") {
      for (const [type, target = globalThis, hook = this.#wakeUp] of this.#hooks) target?.addEventListener?.(type, hook);
      this.#attempts = 0;
      this.#open();
    }
    return this;
  }

  close() {
    this.#end(new RialtoError({ msg: "closed" }));
  }

  subscribe(topic, options, listener) {
    if (typeof options == "function") [options, listener] = [{}, options];
    const { signal, buffer = 1000, maxHz, ...asked } = options ?? {};
    const leave = async sub => {
      const entry = this.#entries.get(topic);
      sub.end();
      if (!entry?.subs.delete(sub) || entry.subs.size) return;
      this.#entries.delete(topic);
      if (this.state == "open") await this.#ask({ op: "unsub", topic }).catch(() => {});
    };
    const sub = new Subscription(topic, buffer, leave);
    if (listener) sub.addEventListener("message", e => listener(e.message));
    if (signal?.aborted) {
      sub.end();
      return sub;
    }
    signal?.addEventListener("abort", () => leave(sub), { once: true });
    const entry = this.#entries.get(topic);
    if (entry) {
      entry.subs.add(sub);
      if (entry.answer) queueMicrotask(() => fire(sub, "ready", entry.answer));
    } else {
      this.#entries.set(topic, { options: maxHz ? { ...asked, max_hz: maxHz } : asked, subs: new Set([sub]) });
      if (this.state == "open") this.#subscribe(topic);
    }
    return sub;
  }

  publish(topic, data, { retain, key = Math.random().toString(36).slice(2) + Date.now().toString(36), type, headers } = {}) {
    return new Promise((resolve, reject) => {
      if (this.state == "closed" || this.#publishes.size >= 1000) {
        return reject(new RialtoError(this.state == "closed" ? { msg: "closed" }
          : { code: 429, error: "too_many", msg: "1000 publishes are waiting already", retry: true }));
      }
      const id = ++this.#id, head = { op: "pub", id, topic, key, retain, ct: type, headers };
      let send;
      if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) {
        const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        const text = new TextEncoder().encode(JSON.stringify(head)), whole = new Uint8Array(2 + text.length + bytes.length);
        whole.set([text.length >> 8, text.length & 255]);
        whole.set(text, 2);
        whole.set(bytes, 2 + text.length);
        send = whole;
      } else {
        send = JSON.stringify({ ...head, ...(typeof data == "string" ? { text: data } : { data: data ?? null }) });
      }
      this.#publishes.set(id, { send, resolve, reject });
      if (this.state == "open") this.#socket.send(send);
    });
  }

  #set(state) {
    if (this.state == state) return;
    this.state = state;
    fire(this, "state", { state });
  }

  async #open() {
    clearTimeout(this.#timer);
    this.#set(this.#attempts++ ? "reconnecting" : "connecting");
    let { token, name, timeout, WebSocket } = this.#options;
    const mine = (this.#socket = { close() {} });  // until there is a real one; close() meanwhile replaces it
    try {
      token = await (typeof token == "function" ? token() : token);
    } catch (error) {
      fire(this, "error", { error });
      if (this.#socket == mine) this.#retry();
      return;
    }
    if (this.#socket != mine) return;
    const socket = (this.#socket = new WebSocket(this.#url, "rialto.v1.json"));
    socket.binaryType = "arraybuffer";
    const current = handle => e => this.#socket == socket && handle(e);
    socket.onopen = current(() => this.#ask({ op: "connect", token, client: name, bin: true }).then(f => this.#connected(f), error => {
      fire(this, "error", { error });
      socket.close();
    }));
    socket.onmessage = current(e => this.#receive(e.data));
    socket.onclose = current(e => this.#closed(e.code, e.reason));
    this.#timer = setTimeout(() => this.#drop(), timeout);
  }

  #connected(frame) {
    this.#attempts = 0;
    this.#epoch = frame.epoch;
    this.#replaying = undefined;
    this.#ping = frame.ping;
    this.#set("open");
    this.#watch();
    for (const topic of this.#entries.keys()) this.#subscribe(topic);
    for (const { send } of this.#publishes.values()) this.#socket.send(send);
  }

  // No sign of life for longer than the gateway's pings take: the link is dead, even if the socket does not know.
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), this.#ping * 1000 + this.#options.timeout);
  }

  #drop(code) {
    const socket = this.#socket;
    if (!socket || this.state == "closed") return;
    this.#closed(code);
    try { socket.close(); } catch {}
  }

  #closed(code, reason) {
    clearTimeout(this.#timer);
    this.#socket = undefined;
    for (const [, reject] of this.#replies.values()) reject(new RialtoError({ msg: "the connection was lost", retry: true }));
    this.#replies.clear();
    if (code >= 4000 && code < 4100) this.#end(new RialtoError({ code, error: "closed", msg: reason }), true);
    else this.#retry();
  }

  #retry() {
    const { minDelay, maxDelay } = this.#options;
    const [from, to] = this.#window ?? [0, Math.min(maxDelay, minDelay * 2 ** this.#attempts)];
    this.#attempts ||= 1;
    this.#window = undefined;
    this.#timer = setTimeout(() => this.#open(), from + Math.random() * (to - from));
    this.#set("waiting");
  }

  #end(error, tell) {
    clearTimeout(this.#timer);
    for (const [type, target = globalThis, hook = this.#wakeUp] of this.#hooks) target?.removeEventListener?.(type, hook);
    const socket = this.#socket, rest = [...this.#publishes.values(), ...[...this.#replies.values()].map(([, reject]) => ({ reject }))];
    this.#socket = undefined;
    this.#publishes.clear();
    this.#replies.clear();
    this.#set("closed");
    if (tell) fire(this, "error", { error });
    for (const { reject } of rest) reject(error);
    for (const { subs } of this.#entries.values()) for (const sub of subs) sub.end(tell && error);
    this.#entries.clear();
    socket?.close();
  }

  #ask(frame) {
    return new Promise((resolve, reject) => {
      const id = ++this.#id;
      this.#replies.set(id, [resolve, reject]);
      this.#socket.send(JSON.stringify({ ...frame, id }));
    });
  }

  #subscribe(topic) {
    const entry = this.#entries.get(topic);
    const { from, ...rest } = entry.options;
    // After a break a live subscription says where it was, so that the answer tells whether something was missed.
    const begin = entry.seq != null && from != "last" ? { epoch: entry.epoch, seq: entry.seq } : from;
    this.#ask({ op: "sub", topic, from: begin, ...rest }).catch(error => {
      if (error.code && this.#entries.get(topic) == entry) {
        this.#entries.delete(topic);
        for (const sub of entry.subs) sub.end(error);
      }
    });
  }

  #receive(data) {
    this.#watch();
    if (typeof data != "string") {
      const head = new DataView(data).getUint16(0) + 2;
      return this.#message(JSON.parse(utf8.decode(data.slice(2, head))), new Uint8Array(data, head));
    }
    for (const line of data.split("\n")) if (line) this.#frame(JSON.parse(line));
  }

  #frame(frame) {
    const { op, id, topic } = frame, entry = this.#entries.get(topic);
    if (op == "msg") return this.#message(frame);
    if (op == "ping") this.#socket.send('{"op":"pong"}');
    if (op == "bye") this.#window = frame.retry_ms;
    if (op == "subbed" && entry) {
      const { recovered, replay, seq } = (entry.answer = frame);
      // What is replayed has lower numbers than `seq`: until "live" the place is that of the last message.
      if (!replay) entry.seq = seq;
      else if (!recovered) entry.seq = undefined;
      this.#replaying = replay ? entry : undefined;
      entry.epoch = this.#epoch;
      for (const sub of entry.subs) fire(sub, "ready", { recovered, replay, seq });
    }
    if (op == "live" && entry) {
      this.#replaying = undefined;
      entry.seq = Math.max(entry.seq ?? 0, frame.seq);
    }
    if ((op == "live" || op == "gap") && entry) for (const sub of entry.subs) fire(sub, op, { lost: frame.lost, seq: frame.seq });
    if (op == "unsubbed" && id == null && entry) {
      this.#entries.delete(topic);
      for (const sub of entry.subs) sub.end(new RialtoError(frame));
    }
    const publish = this.#publishes.get(id), [resolve, reject] = this.#replies.get(id) ?? [publish?.resolve, publish?.reject];
    this.#publishes.delete(id);
    this.#replies.delete(id);
    if (op == "err") {
      const error = new RialtoError(frame);
      reject ? reject(error) : fire(this, "error", { error });
    } else {
      resolve?.(frame);
    }
  }

  #message(frame, bytes) {
    const message = new Message(frame, bytes);
    for (const [filter, entry] of this.#entries) {
      if (!matches(filter, frame.topic) || (this.#replaying && this.#replaying != entry)) continue;
      if (!frame.retain) entry.seq = Math.max(entry.seq ?? 0, frame.seq);
      for (const sub of entry.subs) sub.take(message);
    }
  }
}

export default (url, options) => new Rialto(url, options);
