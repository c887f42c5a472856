import type { EventEmitter } from 'node:events';
import { promises as files, type Stats } from 'node:fs'; // loads fs/promises only when used
import type { FileHandle } from 'node:fs/promises';
import { badOffsetError } from '../transfer/transfer-details';

/** A local file: its path, or a FileHandle, which stays open. */
export type LocalFile = string | Buffer | URL | FileHandle;

/** Whether the file is a FileHandle, not a path. */
export function isHandle(local: LocalFile): local is FileHandle {
  return (
    typeof local === 'object' && local !== null && 'fd' in local && typeof local.fd === 'number'
  );
}

/** The descriptor of a closed FileHandle. */
const CLOSED = -1;

/** @throws Error `EBADF` for a FileHandle that is already closed */
export function checkOpen(local: LocalFile): void {
  if (isHandle(local) && local.fd === CLOSED) throw badHandle('The FileHandle is closed');
}

/** The error of a transfer whose FileHandle was closed by its owner. */
export function handleClosedError(command: string, cause?: unknown): Error {
  return badHandle(
    `The FileHandle was closed before the transfer was complete (${command})`,
    cause,
  );
}

/**
 * Replaces Node's error for a closed FileHandle with `handleClosedError`; keeps any other error.
 */
export function explainClosedHandle(error: unknown, local: LocalFile, command: string): unknown {
  const isBad = (error as NodeJS.ErrnoException | undefined)?.code === 'EBADF';
  const isFromNode = isBad && (error as NodeJS.ErrnoException).syscall !== undefined;
  if (!isFromNode || !isHandle(local) || local.fd !== CLOSED) return error;
  return handleClosedError(command, error);
}

function badHandle(message: string, cause?: unknown): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { code: 'EBADF' });
}

/**
 * Callbacks by handle. One listener per handle serves all: Node warns of a leak for more than ten.
 */
const closeCallbacks = new WeakMap<FileHandle, Set<() => void>>();

/**
 * Calls back as soon as a FileHandle is closed by its owner. Does nothing for a path.
 * @returns a function that removes the callback
 */
export function whenClosed(local: LocalFile, call: () => void): () => void {
  if (!isHandle(local)) return () => {};
  const callbacks = closeCallbacks.get(local) ?? listenForClose(local);
  callbacks.add(call);
  return () => {
    callbacks.delete(call);
    if (callbacks.size > 0 || closeCallbacks.get(local) !== callbacks) return;
    closeCallbacks.delete(local);
    eventsOf(local).off?.('close', notifyClosed);
  };
}

function listenForClose(handle: FileHandle): Set<() => void> {
  const callbacks = new Set<() => void>();
  closeCallbacks.set(handle, callbacks);
  eventsOf(handle).on?.('close', notifyClosed);
  return callbacks;
}

/** A FileHandle is an EventEmitter, which Node's types hide. A similar object may not be one. */
function eventsOf(handle: FileHandle): Partial<Pick<EventEmitter, 'on' | 'off'>> {
  return handle as Partial<EventEmitter>;
}

function notifyClosed(this: FileHandle): void {
  for (const call of [...(closeCallbacks.get(this) ?? [])]) call();
}

/** The metadata of a local file, which is not opened for it. */
export function statsOf(local: LocalFile): Promise<Stats> {
  return isHandle(local) ? local.stat() : files.stat(local);
}

/**
 * Checks that an offset is within a local file. Other than regular files, such as pipes, are not
 * checked.
 * @throws TransferError `ERR_FTP_BAD_OFFSET` if the file is shorter
 */
export function checkLocalOffset(rest: number, stats: Stats, command: string): void {
  if (rest === 0 || !stats.isFile() || stats.size >= rest) return;
  throw badOffsetError(`The local file has only ${stats.size} bytes`, rest, command);
}
