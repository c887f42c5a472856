import { Readable, Writable } from 'node:stream';
import type { TransferProgress } from './progress';
import type { OpenedTransfer } from './transfer';

/** The events of transfer streams besides those of Node's streams. */
export interface TransferEvents {
  /** The server has accepted the transfer. */
  open: [opened: OpenedTransfer];
  /** Bytes were transferred; emitted at most every 200 ms, and once at the end. */
  progress: [progress: TransferProgress];
}

type EventMap<E> = Record<keyof E, unknown[]>;
// biome-ignore lint/suspicious/noExplicitAny: as Node declares the listeners of unknown events
type AnyListener = (...args: any[]) => void;

/** The second argument of a function that is passed to `map()`, `filter()` and the like. */
export interface ItemCall {
  /** Aborted when the stream is destroyed. */
  readonly signal?: AbortSignal;
}

/** Options of the methods that call a function for each item. */
export interface ItemOptions extends ItemCall {
  /** How many calls may run at the same time. Default: 1. */
  readonly concurrency?: number;
}

type Test<T> = (item: T, options?: ItemCall) => boolean | Promise<boolean>;

/** Node's Readable with the types of its items and of its events' arguments. */
export interface ItemReadable<
  T,
  E extends EventMap<E> = {
    /** An item. */
    data: [item: T];
  },
> extends Readable {
  /** Adds a listener. The arguments of known events are typed. */
  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener. The arguments of known events are typed. */
  on(event: string | symbol, listener: AnyListener): this;
  /** Adds a listener for the next event only. */
  once<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener for the next event only. */
  once(event: string | symbol, listener: AnyListener): this;
  /** The same as `on`. */
  addListener<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** The same as `on`. */
  addListener(event: string | symbol, listener: AnyListener): this;
  /** Adds a listener before the others. */
  prependListener<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener before the others. */
  prependListener(event: string | symbol, listener: AnyListener): this;
  /** Adds a listener for the next event only, before the others. */
  prependOnceListener<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener for the next event only, before the others. */
  prependOnceListener(event: string | symbol, listener: AnyListener): this;
  /** Iterates over the items. Leaving the loop early destroys the stream. */
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<T>;
  iterator(options?: { destroyOnReturn?: boolean }): NodeJS.AsyncIterator<T>;
  map<U>(
    call: (item: T, options?: ItemCall) => U | Promise<U>,
    options?: ItemOptions,
  ): ItemReadable<U>;
  flatMap<U>(
    call: (item: T, options?: ItemCall) => Iterable<U> | AsyncIterable<U> | Promise<Iterable<U>>,
    options?: ItemOptions,
  ): ItemReadable<U>;
  filter(test: Test<T>, options?: ItemOptions): ItemReadable<T>;
  forEach(call: (item: T, options?: ItemCall) => unknown, options?: ItemOptions): Promise<void>;
  toArray(options?: ItemCall): Promise<T[]>;
  some(test: Test<T>, options?: ItemOptions): Promise<boolean>;
  every(test: Test<T>, options?: ItemOptions): Promise<boolean>;
  find<U extends T>(
    test: (item: T, options?: ItemCall) => item is U,
    options?: ItemOptions,
  ): Promise<U | undefined>;
  find(test: Test<T>, options?: ItemOptions): Promise<T | undefined>;
  take(limit: number, options?: ItemCall): ItemReadable<T>;
  drop(limit: number, options?: ItemCall): ItemReadable<T>;
}

/** Node's Writable with the types of its events' arguments. */
export interface EventWritable<E extends EventMap<E>> extends Writable {
  /** Adds a listener. The arguments of known events are typed. */
  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener. The arguments of known events are typed. */
  on(event: string | symbol, listener: AnyListener): this;
  /** Adds a listener for the next event only. */
  once<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener for the next event only. */
  once(event: string | symbol, listener: AnyListener): this;
  /** The same as `on`. */
  addListener<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** The same as `on`. */
  addListener(event: string | symbol, listener: AnyListener): this;
  /** Adds a listener before the others. */
  prependListener<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener before the others. */
  prependListener(event: string | symbol, listener: AnyListener): this;
  /** Adds a listener for the next event only, before the others. */
  prependOnceListener<K extends keyof E>(event: K, listener: (...args: E[K]) => void): this;
  /** Adds a listener for the next event only, before the others. */
  prependOnceListener(event: string | symbol, listener: AnyListener): this;
}

/** Node's Readable itself, typed as a base class. */
export const TypedReadable = Readable as unknown as new <T, E extends EventMap<E>>(
  ...options: ConstructorParameters<typeof Readable>
) => ItemReadable<T, E>;

/** Node's Writable itself, typed as a base class. */
export const TypedWritable = Writable as unknown as new <E extends EventMap<E>>(
  ...options: ConstructorParameters<typeof Writable>
) => EventWritable<E>;
