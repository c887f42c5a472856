/** The tasks, in the order in which they are run. */
export const TASK_NAMES = [
  'get',
  'get-file',
  'put',
  'tls-get',
  'tls-get-file',
  'tls-put',
  'get-many',
  'put-many',
  'noop',
  'list',
  'connect',
  'trips-get',
  'trips-put',
  'trips-first',
] as const;

export type TaskName = (typeof TASK_NAMES)[number];
