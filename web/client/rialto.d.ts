// Types of /rialto.js, the browser's side of a Rialto gateway.

/** Where a subscription begins: with what comes from now on, with the last value of every matching topic, with so many of the
 *  newest messages of the gateway's history, or after a place in it. */
export type From = "live" | "last" | { last: number } | { epoch: string; seq: number };

export type State = "idle" | "connecting" | "open" | "waiting" | "reconnecting" | "closed";

export interface Options {
  /** Sent when connecting; a function is called anew before each attempt. */
  token?: string | (() => string | Promise<string>);
  /** Names this client in the gateway's logs: "dashboard/1.4". */
  name?: string;
  /** Bounds of the wait before the next attempt, in milliseconds; the wait is random, up to min(maxDelay, minDelay·2ⁿ). */
  minDelay?: number;
  maxDelay?: number;
  /** How long connecting may take, and how late a ping may be, in milliseconds. */
  timeout?: number;
  /** false: wait for connect(). */
  connect?: boolean;
  /** Where the platform has none of its own, as Node 20. */
  WebSocket?: unknown;
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface Message<T = unknown> {
  readonly topic: string;
  /** Its number among all that the gateway has seen; those of topics with a history come in their order. */
  readonly seq: number;
  /** Milliseconds since 1970; absent for a last value whose time is not known. */
  readonly ts?: number;
  /** A topic's last value, sent because of the subscription. */
  readonly retain?: boolean;
  /** Content type. */
  readonly ct?: string;
  readonly key?: string;
  readonly corr?: string | number;
  readonly reply?: string;
  /** A name that repeats has an array of its values. */
  readonly headers?: Record<string, Json>;
  /** The payload: exactly one of these is there. */
  readonly data?: T;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  /** The payload as JSON; throws where it is none. */
  json(): T;
  /** The payload as text. */
  string(): string;
}

export interface SubOptions {
  from?: From;
  /** What the gateway does when this client is too slow: "drop_oldest" unless told otherwise. */
  policy?: "conflate" | "drop_oldest" | "close";
  /** At most so many messages a second for each topic; not every gateway offers it. */
  maxHz?: number;
  /** false: not what this connection publishes itself. */
  echo?: boolean;
  /** How many messages wait for a slow `for await`; beyond that the oldest go, and "gap" tells it. */
  buffer?: number;
  /** Unsubscribes. */
  signal?: AbortSignal;
}

/** Events: message { message }, ready { recovered, replay, seq }, live { seq }, gap { lost }, error { error }, close { error }.
 *  Leaving a `for await` loop unsubscribes. */
export interface Subscription<T = unknown> extends EventTarget, AsyncIterable<Message<T>> {
  readonly topic: string;
  /** The gateway has taken it. `recovered` is there after a reconnect: false says that something may have been missed. */
  readonly ready: Promise<{ recovered?: boolean; replay: number; seq: number }>;
  unsubscribe(): Promise<void>;
}

export class RialtoError extends Error {
  readonly code?: number;
  readonly error?: string;
  /** Whether trying again can help. */
  readonly retry: boolean;
}

/** Events: state { state }, error { error }. */
export class Rialto extends EventTarget {
  constructor(url?: string, options?: Options);
  readonly state: State;
  connect(): this;
  /** Ends everything: subscriptions close, publishes that wait are rejected. */
  close(): void;
  /** Subscriptions with the same filter share one of the gateway's; the options of the first hold. */
  subscribe<T = unknown>(filter: string, listener?: (message: Message<T>) => void): Subscription<T>;
  subscribe<T = unknown>(filter: string, options: SubOptions, listener?: (message: Message<T>) => void): Subscription<T>;
  /** Text goes as it is, bytes as they are, everything else as JSON. Resolves when the gateway, and the brokers that it
   *  bridges to with a guarantee, have it. Waits while there is no connection, and is never doubled by a reconnect. */
  publish(topic: string, data: unknown,
          options?: { retain?: boolean; key?: string; type?: string; headers?: Record<string, Json> }): Promise<{ seq: number }>;
}

/** Connects to the gateway that the page came from, or to `url`: "/ws", "wss://gateway.example/ws". */
export default function rialto(url?: string, options?: Options): Rialto;
