import type { Readable, Writable } from 'node:stream';
import { notWhole } from './detached-memory';
import { whenMemoryIsGone } from './lost-memory';
import { checkFresh } from './upload-source';

/**
 * For `'pipe'` of an upload: a source that gives nothing any more must not be stored as an empty file, and one that
 * can give no more must not hold the upload for ever.
 */
export function waitForPipedSource(this: Writable, source: Readable): void {
  try {
    checkFresh(source);
  } catch (error) {
    this.destroy(error as Error);
    return;
  }
  const unwatch = whenMemoryIsGone(source, () => this.destroy(notWhole()));
  this.once('close', unwatch);
  this.on('unpipe', (other) => other === source && unwatch());
}
