import type { FTP } from './ftp';

export async function ftpcp(_source: FTP): Promise<void> {}
