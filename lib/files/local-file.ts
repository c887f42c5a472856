import type { EventEmitter } from 'node:events';
import { promises as files, type Stats } from 'node:fs'; // not fs/promises, which is loaded here only when it is used
import type { FileHandle } from 'node:fs/promises';
import { badOffset } from '../transfer/transfer-details';

/** A file of this machine: its path, or a handle that stays open. */
export type LocalFile = string | Buffer | URL | FileHandle;

export function isHandle(local: LocalFile): local is FileHandle {
  return (
    typeof local === 'object' && local !== null && 'fd' in local && typeof local.fd === 'number'
  );
}

/** What a closed FileHandle has instead of a descriptor. */
const CLOSED = -1;

/** @throws Error `EBADF` for a FileHandle that its owner has closed already */
export function checkOpen(local: LocalFile): void {
  if (isHandle(local) && local.fd === CLOSED) throw badHandle('The FileHandle is closed');
}

/** The error of a transfer whose FileHandle was closed by its owner. */
export function handleClosed(command: string, cause?: unknown): Error {
  return badHandle(
    `The FileHandle was closed before the transfer was complete (${command})`,
    cause,
  );
}

/** The same for an error that Node gave because the handle is closed; any other error as it is. */
export function explained(error: unknown, local: LocalFile, command: string): unknown {
  const isBad = (error as NodeJS.ErrnoException | undefined)?.code === 'EBADF';
  const isNodes = isBad && (error as NodeJS.ErrnoException).syscall !== undefined;
  if (!isNodes || !isHandle(local) || local.fd !== CLOSED) return error;
  return handleClosed(command, error);
}

function badHandle(message: string, cause?: unknown): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { code: 'EBADF' });
}

/** Who waits for a handle to be closed: one listener for all of them, or Node warns of a leak. */
const watches = new WeakMap<FileHandle, Set<() => void>>();

/**
 * Calls back as soon as a FileHandle is closed by its owner; a path belongs to nobody else.
 * @returns a function that ends the watch
 */
export function whenClosed(local: LocalFile, call: () => void): () => void {
  if (!isHandle(local)) return () => {};
  const watch = watches.get(local) ?? newWatch(local);
  watch.add(call);
  return () => {
    watch.delete(call);
    if (watch.size > 0 || watches.get(local) !== watch) return;
    watches.delete(local);
    eventsOf(local).off?.('close', tellWatch);
  };
}

function newWatch(handle: FileHandle): Set<() => void> {
  const watch = new Set<() => void>();
  watches.set(handle, watch);
  eventsOf(handle).on?.('close', tellWatch);
  return watch;
}

/** Node's types hide that it is an emitter; what only resembles a FileHandle may be none. */
function eventsOf(handle: FileHandle): Partial<Pick<EventEmitter, 'on' | 'off'>> {
  return handle as Partial<EventEmitter>;
}

function tellWatch(this: FileHandle): void {
  for (const call of [...(watches.get(this) ?? [])]) call();
}

/** What is known of a local file; nothing is opened. */
export function statsOf(local: LocalFile): Promise<Stats> {
  return isHandle(local) ? local.stat() : files.stat(local);
}

/**
 * A pipe has no offsets.
 * @throws TransferError `ERR_FTP_BAD_OFFSET` where a local file ends before the offset
 */
export function checkLocalOffset(rest: number, stats: Stats, command: string): void {
  if (rest === 0 || !stats.isFile() || stats.size >= rest) return;
  throw badOffset(`The local file has only ${stats.size} bytes`, rest, command);
}
